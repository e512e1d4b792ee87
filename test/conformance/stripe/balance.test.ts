/** GET /v1/balance: what all balance transactions come to (Stripe's API reference: Balance). */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import * as fc from "fast-check";
import type { Account, Entry, EntryKind } from "../../../src/domain/journal.ts";
import { openMemoryStore, type MemoryStore } from "../../../src/stores/memory/store.ts";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openBoth, payBySquare, settled as refundsSettled, usd, type TwoDoors } from "../both/two-doors.ts";
import { chargeOf, intentOf, linkId, member, openDesk, recordOf, refundReport, type StripeDesk } from "./desk.ts";

const SEED = Number(process.env["BALANCE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 40;

let server: TestServer;
/** Where what goes on later does so at once. */
let quick: TestServer;
before(async () => {
  server = await startTestServer();
  quick = await startTestServer({ flags: { sandboxDelay: "0" } });
});
after(async () => {
  await server.stop();
  await quick.stop();
});

const pendingOf = async ({ stripe }: StripeDesk) => (await stripe.balance.retrieve()).pending.map(({ amount, currency, source_types }) => [currency, amount, source_types?.card]);

test("a merchant for whom nothing moved has a balance of nothing, in dollars", async () => {
  const { json } = await openDesk(server).get("/v1/balance");
  const nothing = [{ amount: 0, currency: "usd" }];
  assert.deepEqual(json, {
    object: "balance",
    available: [{ amount: 0, currency: "usd", source_types: { card: 0 } }],
    livemode: false,
    pending: [{ amount: 0, currency: "usd", source_types: { card: 0 } }],
    refund_and_dispute_prefunding: { available: nothing, pending: nothing },
  });
});

test("captures and refunds move the balance at once, each currency for itself", async () => {
  const desk = openDesk(server);
  const charge = await chargeOf(desk);
  assert.deepEqual(await pendingOf(desk), [["usd", 1000, 1000]]);
  await desk.stripe.refunds.create({ charge: charge.id, amount: 300 });
  assert.deepEqual(await pendingOf(desk), [["usd", 700, 700]]);
  const held = await chargeOf(desk, 1000, { capture: false });
  assert.deepEqual(await pendingOf(desk), [["usd", 700, 700]], "what is only authorized has not moved");
  await desk.stripe.charges.capture(held.id, { amount: 50 });
  await intentOf(desk, 500, { currency: "jpy" });
  assert.deepEqual(await pendingOf(desk), [["jpy", 500, 500], ["usd", 750, 750]]);
  const { available, refund_and_dispute_prefunding } = await desk.stripe.balance.retrieve();
  assert.deepEqual(available.map(({ amount, currency }) => [currency, amount]), [["jpy", 0], ["usd", 0]]);
  assert.deepEqual(member(refund_and_dispute_prefunding, "pending"), [{ amount: 0, currency: "jpy" }, { amount: 0, currency: "usd" }]);
  await desk.stripe.refunds.create({ charge: charge.id });
  assert.deepEqual(await pendingOf(desk), [["jpy", 500, 500], ["usd", 50, 50]]);
});

test("what was only reported is in no balance", async () => {
  const desk = openDesk(server);
  const record = await recordOf(desk);
  await desk.stripe.paymentRecords.reportRefund(record.id, refundReport("told", 300));
  assert.deepEqual(await pendingOf(desk), [["usd", 0, 0]]);
});

test("an application's fee is not the merchant's, and comes back with refunds that return it", async () => {
  const both = openBoth(quick);
  const { payment } = await both.square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: randomUUID(), amountMoney: usd(1000), appFeeMoney: usd(100) });
  await both.square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(500), paymentId: payment?.id ?? "", appFeeMoney: usd(40) });
  await refundsSettled(both);
  const { data } = await both.stripe.balanceTransactions.list();
  const detail = (amount: number) => [{ amount, application: null, currency: "usd", description: "Application fee", type: "application_fee" }];
  assert.deepEqual(data.map(({ amount, fee, net, fee_details }) => ({ amount, fee, net, fee_details })), [
    { amount: -500, fee: -40, net: -460, fee_details: detail(-40) },
    { amount: 1000, fee: 100, net: 900, fee_details: detail(100) },
  ]);
  assert.deepEqual(await pendingOf(both), [["usd", 440, 440]]);
});

test("a refund that fails later is the merchant's money again", async () => {
  const desk = openDesk(quick);
  const charge = await chargeOf(desk, 1000, { source: "tok_refundFail" });
  const { id } = await desk.stripe.refunds.create({ charge: charge.id, amount: 300 });
  while ((await desk.stripe.refunds.retrieve(id)).status !== "failed") await delay(5);
  assert.deepEqual(await pendingOf(desk), [["usd", 1000, 1000]]);
});

test("what a bank takes back leaves the balance with its fee, and comes back without it when the dispute is won", async () => {
  const desk = openDesk(quick);
  const charge = await chargeOf(desk, 1000, { source: "tok_createDispute" });
  assert.deepEqual(await pendingOf(desk), [["usd", -1500, -1500]]);
  const [dispute] = (await desk.stripe.disputes.list({ charge: charge.id })).data;
  await desk.stripe.disputes.update(dispute?.id ?? "", { evidence: { uncategorized_text: "winning_evidence" } });
  while ((await desk.stripe.disputes.retrieve(dispute?.id ?? "")).status !== "won") await delay(5);
  assert.deepEqual(await pendingOf(desk), [["usd", -500, -500]]);
});

const ACTS = ["charge", "hold", "intent", "capture", "refund", "square", "square_refund", "record", "report", "waits", "fails", "disputed", "questioned", "answer", "close"] as const;
/** What is said of a dispute, and decides it. */
const EVIDENCE = ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence"] as const;

/** What callers do, to one of those that they know. */
type Step = { readonly act: (typeof ACTS)[number]; readonly amount: number; readonly of: number; readonly currency: "usd" | "eur" | "jpy" };

const steps = fc.array(
  fc.record({
    act: fc.constantFrom<Step["act"]>(...ACTS, "capture", "refund", "refund", "refund", "square_refund", "square_refund", "report", "fails", "disputed", "answer", "answer"),
    amount: fc.integer({ min: 1, max: 99_999 }),
    of: fc.nat(),
    currency: fc.constantFrom<Step["currency"]>("usd", "usd", "eur", "jpy"),
  }),
  { minLength: 5, maxLength: 25 },
);

/** What chance might miss: a dispute that is won, after which the charge is refunded. */
const RARE: Step[] = [
  { act: "disputed", amount: 900, of: 0, currency: "usd" },
  { act: "answer", amount: EVIDENCE.indexOf("winning_evidence") + EVIDENCE.length, of: 0, currency: "usd" },
  { act: "fails", amount: 500, of: 0, currency: "usd" },
  ...ACTS.map((act) => ({ act, amount: 700, of: 0, currency: "usd" as const })),
];

test(`the balance is the sum of all balance transactions, and of the journal (BALANCE_SEED=${SEED})`, async (context) => {
  context.diagnostic(`seed ${SEED}, ${RUNS} runs`);
  const store = openMemoryStore();
  const own = await startTestServer({ store, flags: { sandboxDelay: "0" } });
  context.after(() => own.stop());
  const done = new Map<Step["act"], number>();
  const seen = new Set<EntryKind>();
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const both = openBoth(own);
      const known: Known = { charges: [], held: [], squares: [], records: [], disputed: [] };
      const before = new Set([...store.dossiers()].map(({ payment }) => payment.id));
      for (const [i, step] of all.entries()) {
        // What cannot be done, as when nothing is left, is refused and changes nothing.
        await act(both, step, known).then(
          () => done.set(step.act, (done.get(step.act) ?? 0) + 1),
          () => undefined,
        );
        if (i % 5 === 0) await both.stripe.balance.retrieve();
      }
      await settled(store);
      const listed = await both.stripe.balanceTransactions.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
      const journal = [...store.dossiers()].filter(({ payment }) => !before.has(payment.id) && payment.origin === "processed").flatMap(({ entries }) => entries);
      for (const { kind } of journal) seen.add(kind);
      const { available, pending } = await both.stripe.balance.retrieve();
      const ofTransactions = sum(listed.map(({ currency, net }) => [currency, net]));
      const ofJournal = sum(journal.map((entry) => [entry.currency.toLowerCase(), broughtBy(entry)]));
      const ofBalance = sum([...available, ...pending].map(({ currency, amount }) => [currency, amount]));
      if (journal.length === 0) ofJournal.set("usd", 0);
      if (listed.length === 0) ofTransactions.set("usd", 0);
      assert.equal(listed.length, journal.length);
      assert.deepEqual(ofBalance, ofJournal);
      assert.deepEqual(ofTransactions, ofJournal);
      assert.ok(listed.every(({ amount, fee, net }) => net === amount - fee));
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true, examples: [[RARE]] },
  );
  context.diagnostic([...done].map(([what, count]) => `${what} ${count}`).join(", "));
  for (const what of ACTS) assert.ok(done.has(what), `${what} never came about`);
  assert.deepEqual([...seen].toSorted(), ["capture", "chargeback", "chargeback_reversal", "refund", "refund_failure"]);
});

type Known = { readonly charges: string[]; readonly held: string[]; readonly squares: string[]; readonly records: string[]; readonly disputed: string[] };

/** Whatever is due has been moved on. */
async function settled(store: MemoryStore): Promise<void> {
  while ((await store.due(Date.now(), 1)).length > 0) await delay(1);
}

async function act(both: TwoDoors, { act: what, amount, of, currency }: Step, known: Known): Promise<unknown> {
  const { stripe, square } = both;
  // Mostly less than what was taken, and now and then more.
  const some = of % 7 === 0 ? amount : 1 + (amount % 500);
  const pick = (ids: readonly string[]) => ids[of % Math.max(ids.length, 1)] ?? "";
  switch (what) {
    case "charge":
      return known.charges.push((await chargeOf(both, amount, { currency })).id);
    case "hold": {
      const { id } = await chargeOf(both, amount, { currency, capture: false });
      return [known.held.push(id), known.charges.push(id)];
    }
    case "intent": {
      const { latest_charge } = await intentOf(both, amount, { currency });
      return known.charges.push(linkId(latest_charge));
    }
    case "capture":
      return stripe.charges.capture(pick(known.held), { amount: some });
    case "refund":
      return stripe.refunds.create({ charge: pick(known.charges), amount: some });
    case "square": {
      if (amount % 2 === 0) return known.squares.push(await payBySquare(both, amount));
      const { payment } = await square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: randomUUID(), amountMoney: usd(amount), appFeeMoney: usd(Math.floor(amount / 7)) });
      return known.squares.push(payment?.id ?? "");
    }
    case "square_refund":
      return square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(some), paymentId: pick(known.squares), ...(amount % 3 === 0 ? { appFeeMoney: usd(1) } : {}) });
    case "waits":
    case "fails":
      return known.charges.push((await chargeOf(both, amount, { currency, source: what === "fails" ? "tok_refundFail" : "tok_pendingRefund" })).id);
    case "disputed":
    case "questioned": {
      const { id } = await chargeOf(both, amount, { currency, source: what === "disputed" ? "tok_createDispute" : "tok_createDisputeInquiry" });
      return [known.disputed.push(id), known.charges.push(id)];
    }
    case "answer": {
      const [dispute] = (await stripe.disputes.list({ charge: pick(known.disputed) })).data;
      return stripe.disputes.update(dispute?.id ?? "", { evidence: { uncategorized_text: EVIDENCE[amount % EVIDENCE.length] ?? "" } });
    }
    case "close": {
      const [dispute] = (await stripe.disputes.list({ charge: pick(known.disputed) })).data;
      return stripe.disputes.close(dispute?.id ?? "");
    }
    case "record":
      return known.records.push((await recordOf(both, amount)).id);
    case "report":
      return stripe.paymentRecords.reportRefund(pick([...known.records, ...known.charges.map((id) => id.replace("ch_", "pr_"))]), refundReport(randomUUID(), some));
  }
}

/** Where the merchant's own gain and loss are counted: the other side of what stands at the processor. */
const MERCHANTS: readonly Account[] = ["sales", "disputes", "dispute_fees"];

/** What an entry leaves in the accounts of the merchant's sales and losses. */
function broughtBy({ postings }: Entry): number {
  const own = (account: Account) => (MERCHANTS.includes(account) ? 1 : 0);
  return postings.reduce((total, { debit, credit, amount }) => total + (own(credit) - own(debit)) * Number(amount), 0);
}

function sum(parts: readonly (readonly [string, number])[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [currency, amount] of parts.toSorted(([a], [b]) => (a < b ? -1 : 1))) found.set(currency, (found.get(currency) ?? 0) + amount);
  return found;
}
