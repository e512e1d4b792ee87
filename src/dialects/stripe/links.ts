/**
 * Brings along the customers and payment methods that links of an answer lead to: a few more reads, and only where such links are to
 * be followed. What a written answer shows of them may be a moment older than the answer.
 */
import type { Command } from "../../domain/command.ts";
import type { ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import type { Reader } from "../../engine/store.ts";
import { NO_EXTRAS, type PaymentView } from "../../engine/views.ts";
import { methodNamed } from "./ids.ts";
import { namedMethod } from "./objects/payment-intent.ts";

/** From a payment to its method, to that one's customer, and to what he prefers. */
const STEPS_MAX = 3;

type Reading = (merchant: MerchantId, rows: readonly (PaymentView & { readonly refund?: Refund | null })[]) => Promise<void>;

/** Reads as `read` does, and looks at what was read before it is given back. */
export function readerThat(read: Reader, look: Reading): Reader {
  const views = async <View extends PaymentView>(merchant: MerchantId, rows: View[]): Promise<View[]> => {
    await look(merchant, rows);
    return rows;
  };
  const view = async <View extends PaymentView>(merchant: MerchantId, row: View | null): Promise<View | null> => {
    if (row !== null) await look(merchant, [row]);
    return row;
  };
  return {
    payment: async (merchant, ...asked) => view(merchant, await read.payment(merchant, ...asked)),
    attempt: async (merchant, ...asked) => view(merchant, await read.attempt(merchant, ...asked)),
    refund: async (merchant, ...asked) => view(merchant, await read.refund(merchant, ...asked)),
    dispute: async (merchant, ...asked) => view(merchant, await read.dispute(merchant, ...asked)),
    payments: async (merchant, ...asked) => views(merchant, await read.payments(merchant, ...asked)),
    attempts: async (merchant, ...asked) => views(merchant, await read.attempts(merchant, ...asked)),
    refunds: async (merchant, ...asked) => views(merchant, await read.refunds(merchant, ...asked)),
    disputes: async (merchant, ...asked) => views(merchant, await read.disputes(merchant, ...asked)),
    entry: async (merchant, ...asked) => view(merchant, await read.entry(merchant, ...asked)),
    entries: async (merchant, ...asked) => views(merchant, await read.entries(merchant, ...asked)),
    events: (...asked) => read.events(...asked),
    told: (...asked) => read.told(...asked),
    sumEntries: (...asked) => read.sumEntries(...asked),
    horizon: () => read.horizon(),
    reply: (ref) => read.reply(ref),
    profiles: (...asked) => read.profiles(...asked),
    listProfiles: (...asked) => read.listProfiles(...asked),
  };
}

/** Reads as `read` does, and puts into `found` what links of the rows lead to. */
export function followingReader(read: Reader, found: Map<ProfileId, Profile>): Reader {
  const follow = async (merchant: MerchantId, named: readonly (ProfileId | null)[]): Promise<void> => {
    let ids = named;
    for (let step = 0; step < STEPS_MAX; step++) {
      const missing = [...new Set(ids.filter((id) => id !== null && !found.has(id)))];
      if (missing.length === 0) return;
      const rows = await read.profiles(merchant, missing.flatMap((id) => id ?? []));
      for (const profile of rows) found.set(profile.id, profile);
      ids = rows.flatMap(({ owner, preferred }) => [owner, preferred]);
    }
  };
  const profiles = async (merchant: MerchantId, rows: Profile[]): Promise<Profile[]> => {
    for (const profile of rows) found.set(profile.id, profile);
    await follow(merchant, rows.flatMap(({ owner, preferred }) => [owner, preferred]));
    return rows;
  };
  return {
    ...readerThat(read, async (merchant, rows) => {
      await follow(merchant, rows.flatMap(namesOf));
      // Customers stand in their merchant's own book, and all cash of one book is of the same merchant's.
      const held = rows.flatMap(({ payment: { connect } }) => (connect?.role === "cash" ? connect : []));
      if (held[0] !== undefined) await follow(held[0].platform, held.map(({ account }) => account));
    }),
    profiles: async (merchant, ids) => profiles(merchant, await read.profiles(merchant, ids)),
    listProfiles: async (merchant, query) => profiles(merchant, await read.listProfiles(merchant, query)),
  };
}

function namesOf({ payment, attempt, latest }: PaymentView): (ProfileId | null)[] {
  const named = namedMethod(payment);
  const attempts = [attempt, latest].flatMap((one) => (one === null ? [] : [one.customer, one.onFile]));
  return [payment.customer, payment.onFile, ...attempts, named === null ? null : methodNamed(named)];
}

/** Reads what a command is about before it is decided, with a reader that follows: the decision itself cannot wait for links. */
export async function lookAhead(read: Reader, merchant: MerchantId, command: Command): Promise<void> {
  if ("whose" in command) {
    const { customer, onFile } = command.whose;
    await read.profiles(merchant, [customer, onFile].flatMap((id) => (id === null || id === "preferred" ? [] : id)));
  }
  if ("refund" in command) await read.refund(merchant, command.refund, { ...NO_EXTRAS, attempts: true });
  else if ("dispute" in command) await read.dispute(merchant, command.dispute, NO_EXTRAS);
  else if (command.kind === "fund_cash_balance") await read.profiles(command.connect.platform, [command.connect.account]);
  else if (command.kind !== "take_payment" && command.kind !== "send_transfer" && command.kind !== "refund_unlinked") {
    const { target } = command;
    if (target.by === "payment") await read.payment(merchant, target.id, NO_EXTRAS);
    else await read.attempt(merchant, target.id, NO_EXTRAS);
  }
}
