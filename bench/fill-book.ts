/** Fills a book fast, through the engine and all its rules, in great batches: for measuring on a book of some size. */
import cliProgress from "cli-progress";
import { openSandbox } from "../src/engine/keys.ts";
import { BATCH_MAX, Engine } from "../src/engine/engine.ts";
import type { Answer, Job } from "../src/engine/job.ts";
import { machineSources, makeMoments } from "../src/engine/moments.ts";
import type { Store } from "../src/engine/store.ts";
import { NO_EXTRAS } from "../src/engine/views.ts";
import { currency, type Currency } from "../src/domain/currency.ts";
import { paymentId } from "../src/domain/id.ts";
import type { MerchantId } from "../src/domain/merchant.ts";
import { makeSandbox } from "../src/processors/sandbox/sandbox.ts";
import { openStore } from "../src/stores/sqlite/open.ts";

/** One batch: more at once would be told to come back, where a batch takes long. */
const WAVE = BATCH_MAX;
const USD = "USD";
const REFUND = 100n;

export type Filling = {
  /** The key whose merchant owns it all. */
  readonly key: string;
  readonly payments: number;
  readonly refundsEach: number;
  /** What each payment captures, in minor units. */
  readonly captured: bigint;
};

/** The id bodies of the payments and of the refunds, in the order in which they were made. */
export type Filled = { readonly payments: readonly string[]; readonly refunds: readonly string[]; readonly refundsPerSecond: number };

export async function fillBook({ folder, ...filling }: Filling & { readonly folder: string }): Promise<Filled> {
  const store = openStore(folder);
  try {
    return await fillStore(store, filling);
  } finally {
    await store.close();
  }
}

export async function fillStore(store: Store, { key, payments, refundsEach, captured, beforeRefunds }: Filling & { readonly beforeRefunds?: () => Promise<void> }): Promise<Filled> {
  const merchant = await openSandbox().merchantOf(key);
  const usd = currency(USD);
  if (merchant === null || usd === null) throw new Error("this key opens no merchant");
  const engine = new Engine({
    store,
    processor: makeSandbox(),
    moments: makeMoments(machineSources()),
    halt(error) {
      throw error;
    },
  });
  const bodies = await waves(engine, "Payments", payments, () => take(merchant, usd, captured));
  await beforeRefunds?.();
  const began = performance.now();
  const refunds = await waves(engine, "Refunds", payments * refundsEach, (i) => refund(merchant, bodies[i % payments] ?? "", i));
  const seconds = (performance.now() - began) / 1_000;
  return { payments: bodies, refunds, refundsPerSecond: refunds.length / seconds };
}

async function waves(engine: Engine, what: string, total: number, job: (i: number) => Job): Promise<string[]> {
  const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ format: `${what} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`, stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic) : null;
  bar?.start(total, 0);
  const said: string[] = [];
  for (let done = 0; done < total; done += WAVE) {
    const wave = Array.from({ length: Math.min(WAVE, total - done) }, (_, i) => engine.execute(job(done + i)));
    for (const answer of await Promise.all(wave)) said.push(bodyOf(answer));
    bar?.update(said.length);
  }
  bar?.stop();
  return said;
}

function bodyOf(answer: Answer): string {
  if (answer.reply.status !== 200) throw new Error(`the book could not be filled: ${JSON.stringify(answer)}`);
  return answer.reply.body;
}

function take(merchant: MerchantId, usd: Currency, captured: bigint): Job {
  return {
    merchant,
    requestId: "",
    command: {
      kind: "take_payment",
      intent: false,
      money: { amount: captured, currency: usd },
      tender: { by: "token", token: "tok_visa", capture: true },
      fee: 0n,
      reference: null,
      notes: {},
      attemptNotes: {},
    },
    claims: [],
    extras: NO_EXTRAS,
    reply: (result) => ("done" in result ? { status: 200, body: result.done.payment.id } : { status: 400, body: JSON.stringify(Object.keys(result)) }),
  };
}

/** With a key of its own, since refunds that are asked for over the wire have one. */
function refund(merchant: MerchantId, body: string, i: number): Job {
  return {
    merchant,
    requestId: "",
    command: {
      kind: "refund_payment",
      target: { by: "payment", id: paymentId(body), as: "any" },
      within: null,
      money: { amount: REFUND, currency: null },
      fee: { kind: "none" },
      channel: "executed",
      reference: null,
      release: false,
      expectedVersion: null,
      refundsMax: null,
      ageMax: null,
      notes: {},
      paymentNotes: {},
    },
    claims: [{ scope: "bench", key: String(i), path: "", fingerprint: "", binds: "always" }],
    extras: NO_EXTRAS,
    reply: (result) => ("done" in result ? { status: 200, body: result.done.refund?.id ?? "" } : { status: 400, body: JSON.stringify(Object.keys(result)) }),
  };
}
