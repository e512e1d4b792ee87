/** What customers have in cash, as it stands in the book: at most one payment for each currency that bank transfers come in. */
import { cashIdOf, cashOf } from "../../domain/connected.ts";
import type { ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Done } from "../../engine/job.ts";
import type { Reader } from "../../engine/store.ts";
import { NO_EXTRAS } from "../../engine/views.ts";
import { CASH_CURRENCIES } from "./bank-transfers.ts";
import { readerThat } from "./links.ts";

/** In the order of the currencies; none of one that nothing ever came in. */
export async function cashOfCustomer(read: Reader, { merchant, customer }: { readonly merchant: MerchantId; readonly customer: ProfileId }): Promise<Payment[]> {
  const found = await Promise.all(CASH_CURRENCIES.map((one) => read.payment(cashOf(merchant), cashIdOf(customer, one), NO_EXTRAS)));
  return found.flatMap((view) => view?.payment ?? []);
}

/** Reads as `read` does, and puts beside each customer what he has. */
export function cashReader(read: Reader, cash: Map<ProfileId, readonly Payment[]>): Reader {
  const bring = async (merchant: MerchantId, rows: Profile[]): Promise<Profile[]> => {
    const customers = rows.filter(({ kind, id }) => kind === "customer" && !cash.has(id));
    await Promise.all(customers.map(async ({ id }) => cash.set(id, await cashOfCustomer(read, { merchant, customer: id }))));
    return rows;
  };
  return {
    ...readerThat(read, async () => undefined),
    profiles: async (merchant, ids) => bring(merchant, await read.profiles(merchant, ids)),
    listProfiles: async (merchant, query) => bring(merchant, await read.listProfiles(merchant, query)),
  };
}

/** What was changed is newer than what was read before. */
export function cashBy({ payment }: Done, before: ReadonlyMap<ProfileId, readonly Payment[]>): ReadonlyMap<ProfileId, readonly Payment[]> {
  const { connect, id } = payment;
  if (connect?.role !== "cash") return before;
  const others = (before.get(connect.account) ?? []).filter((other) => other.id !== id);
  return new Map(before).set(connect.account, [...others, payment].toSorted((a, b) => (a.currency < b.currency ? -1 : 1)));
}
