/**
 * Fills a book fast, for measuring on a book of some size: by the kernel's own rules and the store's own guards, but without
 * the engine's queue, and with all that happens to a payment written at once.
 */
import cliProgress from "cli-progress";
import { currency, type Currency } from "../src/domain/currency.ts";
import type { Command } from "../src/domain/command.ts";
import { paymentId, type RefundId } from "../src/domain/id.ts";
import type { MerchantId } from "../src/domain/merchant.ts";
import type { Accepted } from "../src/domain/outcome.ts";
import { NOBODY } from "../src/domain/whose.ts";
import { decideCommand, type Deciding } from "../src/engine/decide-command.ts";
import { openSandbox } from "../src/engine/keys.ts";
import { machineSources, makeMoments } from "../src/engine/moments.ts";
import type { Store } from "../src/engine/store.ts";
import { WorkingSet } from "../src/engine/working-set.ts";
import { makeSandbox } from "../src/processors/sandbox/sandbox.ts";
import { openStore as openPostgres } from "../src/stores/postgres/open.ts";
import { openStore } from "../src/stores/sqlite/open.ts";
import type { BookPlace } from "../test/campaigns/server-process.ts";

/** Payments of one transaction. */
const BATCH = 1_000;
const USD = "USD";
const REFUND = 100n;
const NOTHING = { payments: [], attempts: [], namedRefunds: [], namedDisputes: [], refunds: [], entries: [], profiles: [], keys: [] };

export type Filling = BookPlace & {
  /** The key whose merchant owns it all. */
  readonly key: string;
  readonly payments: number;
  /** A half: every second payment has one. */
  readonly refundsEach: number;
  /** What each payment captures, in minor units. */
  readonly captured: bigint;
  /** Of every so many payments and refunds one id is given back, all unless told otherwise; and each of the last so many. */
  readonly oneOf?: number;
  readonly last?: number;
};

/** The id bodies of the payments and of the refunds, in the order in which they were made. */
export type Filled = { readonly payments: readonly string[]; readonly refunds: readonly string[]; readonly seconds: number };

export async function fillBook(filling: Filling): Promise<Filled> {
  const { key, payments, refundsEach, captured, oneOf = 1, last = 0 } = filling;
  const merchant = await openSandbox().merchantOf(key);
  const usd = currency(USD);
  if (merchant === null || usd === null) throw new Error("this key opens no merchant");
  const store = "folder" in filling ? openStore(filling.folder) : await openPostgres(filling.database);
  const clerk = new Clerk(merchant, take(usd, captured));
  const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ format: "Payments {bar} {percentage}% | {value}/{total} | {eta_formatted} left", stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic) : null;
  bar?.start(payments, 0);
  const began = performance.now();
  const filled: { readonly payments: string[]; readonly refunds: string[] } = { payments: [], refunds: [] };
  for (let done = 0; done < payments; done += BATCH) {
    const rest = Math.max(0, payments - last);
    await clerk.batch(store, { from: done, to: Math.min(done + BATCH, payments), refundsEach, oneOf: done < rest ? oneOf : 1 }, filled);
    bar?.update(Math.min(done + BATCH, payments));
  }
  bar?.stop();
  const seconds = (performance.now() - began) / 1_000;
  await store.close();
  return { ...filled, seconds };
}

/** Measured on a refund's own answer. */
export const REPLY_BYTES = 600;

type Part = { readonly from: number; readonly to: number; readonly refundsEach: number; readonly oneOf: number };

class Clerk {
  readonly #merchant: MerchantId;
  readonly #take: Command;
  readonly #processor = makeSandbox();
  readonly #moments = makeMoments(machineSources());
  #refunds = 0;

  constructor(merchant: MerchantId, command: Command) {
    this.#merchant = merchant;
    this.#take = command;
  }

  /** So many payments with their refunds, in one transaction. */
  async batch(store: Store, { from, to, refundsEach, oneOf }: Part, filled: { readonly payments: string[]; readonly refunds: string[] }): Promise<void> {
    const rows = new WorkingSet(NOTHING);
    for (let i = from; i < to; i++) {
      const { payment } = this.#do(this.#take, rows);
      if (i % oneOf === 0) filled.payments.push(payment.id);
      while (this.#refunds < (i + 1) * refundsEach) {
        const { refund } = this.#do(refundOf(payment.id), rows);
        if (refund === null) throw new Error("a refund left none");
        this.#keep(refund.id, rows);
        if (this.#refunds % oneOf === 0) filled.refunds.push(refund.id);
        this.#refunds += 1;
      }
    }
    await store.transact({ payments: [], profiles: [], keys: [] }, () => rows.changes());
  }

  #do(command: Command, rows: WorkingSet): Accepted {
    const deciding: Deciding = { merchant: this.#merchant, rows, processor: this.#processor, moment: this.#moments() };
    const outcome = decideCommand(command, deciding);
    if (!outcome.accepted) throw new Error(`the book could not be filled: ${outcome.refusal.code}`);
    rows.apply(outcome, null);
    return outcome;
  }

  /** Refunds that are asked for over the wire leave a reply of about this size. */
  #keep(id: RefundId, rows: WorkingSet): void {
    const key = `fill-${this.#refunds}`;
    rows.keep({
      merchant: this.#merchant, scope: "stripe:key", key, path: "/v1/refunds", fingerprint: "f".repeat(64), status: 200,
      body: `{\n  "id": "re_${id}"\n}\n`.padEnd(REPLY_BYTES), requestId: id, createdAt: this.#moments().now,
    });
  }
}

function take(usd: Currency, captured: bigint): Command {
  return {
    kind: "take_payment",
    intent: false,
    money: { amount: captured, currency: usd },
    tender: { by: "token", token: "tok_visa", capture: true },
    whose: NOBODY,
    fee: 0n,
    reference: null,
    notes: {},
    attemptNotes: {},
  };
}

/** 1.00 of a payment. */
export function refundOf(id: string): Command {
  return {
    kind: "refund_payment",
    target: { by: "payment", id: paymentId(id), as: "any" },
    within: null,
    money: { amount: REFUND, currency: null },
    fee: { kind: "none" },
    channel: "executed",
    reference: null,
    release: false,
    askAt: null,
    expectedVersion: null,
    refundsMax: null,
    ageMax: null,
    notes: {},
    paymentNotes: {},
  };
}
