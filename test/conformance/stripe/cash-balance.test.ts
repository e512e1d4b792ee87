/** What a customer has in cash: how it comes in, and goes back by a refund that is of no charge (Stripe's API reference: Cash Balance, and refunds with `origin=customer_balance`). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { squareFor } from "../../test-server.ts";
import { availableTo, funded, refundOf } from "./cash.ts";
import { chargeOf, expanded, intentOf, living, openDesk, refused, said, textMember, type StripeDesk } from "./desk.ts";
import { openTwoPaces } from "./two-paces.ts";

const WAIT_MS_MAX = 5_000;

const { quickServer, quick, still } = await openTwoPaces();

async function becomes({ stripe }: StripeDesk, { id }: Stripe.Refund, status: string): Promise<Stripe.Refund> {
  const until = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const refund = await stripe.refunds.retrieve(id);
    if (refund.status === status) return refund;
    assert.ok(Date.now() < until, `the refund is still ${refund.status}`);
    await delay(5);
  }
}

test("a bank transfer of a test fills a customer's cash, in each currency by itself", async () => {
  const { stripe } = still;
  const { id: customer } = await stripe.customers.create();
  assert.deepEqual(await stripe.customers.retrieveCashBalance(customer).then(({ available, customer: whose, customer_account, livemode, object, settings }) => ({ available, whose, customer_account, livemode, object, settings })), {
    available: null, whose: customer, customer_account: null, livemode: false, object: "cash_balance", settings: { reconciliation_mode: "manual", using_merchant_default: true },
  });
  const first = await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 5000, currency: "eur", reference: "Rechnung 28278FC-155 ✓" });
  assert.match(first.id, /^ccsbtxn_[0-9A-Za-z]{24}$/);
  assert.deepEqual({ ...first, id: "", created: 0, lastResponse: undefined }, {
    id: "", object: "customer_cash_balance_transaction", created: 0, currency: "eur", customer, customer_account: null, ending_balance: 5000,
    funded: { bank_transfer: { eu_bank_transfer: { bic: "COBADEFFXXX", iban_last4: "3000", sender_name: null }, type: "eu_bank_transfer", reference: "Rechnung 28278FC-155 ✓" } },
    livemode: false, net_amount: 5000, type: "funded", lastResponse: undefined,
  });
  const second = await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 700, currency: "EUR" });
  assert.deepEqual([second.net_amount, second.ending_balance, second.funded?.bank_transfer.reference], [700, 5700, null]);
  for (const currency of ["gbp", "jpy", "mxn", "usd"] as const) {
    const { funded: by, ending_balance } = await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 33, currency });
    assert.deepEqual([by?.bank_transfer.type, ending_balance], [`${currency === "gbp" ? "gb" : currency === "usd" ? "us" : currency.slice(0, 2)}_bank_transfer`, 33]);
  }
  assert.deepEqual(await availableTo(still, customer), { eur: 5700, gbp: 33, jpy: 33, mxn: 33, usd: 33 });
  // Nothing of it is the merchant's.
  assert.deepEqual((await stripe.balanceTransactions.list()).data, []);
  assert.deepEqual((await stripe.balance.retrieve()).available.filter(({ amount }) => amount !== 0), []);
  assert.deepEqual([(await stripe.charges.list()).data, (await stripe.paymentIntents.list()).data, (await stripe.paymentRecords.list()).data], [[], [], []]);
});

test("it goes back in parts, each at once out of the balance and later at the bank", async () => {
  const { stripe } = quick;
  const customer = await funded(quick);
  const made = await refundOf(quick, customer, 400, { reason: "requested_by_customer", metadata: { order: "7" } });
  const { id, created, destination_details, status, pending_reason, ...rest } = made;
  assert.match(id, /^re_c[0-9A-Za-z]{24}$/);
  assert.ok(created > 1_700_000_000);
  assert.deepEqual([status, pending_reason, destination_details], ["pending", "processing", { eu_bank_transfer: { reference: null, reference_status: "pending" }, type: "eu_bank_transfer" }]);
  assert.deepEqual({ ...rest, lastResponse: undefined }, {
    object: "refund", amount: 400, balance_transaction: null, charge: null, currency: "eur", customer, customer_account: null, metadata: { order: "7" }, payment_intent: null,
    payment_method: null, reason: "requested_by_customer", receipt_number: null, source_transfer_reversal: null, transfer_reversal: null, lastResponse: undefined,
  });
  assert.deepEqual(await availableTo(quick, customer), { eur: 600 });
  const done = await becomes(quick, made, "succeeded");
  assert.deepEqual([done.amount, done.balance_transaction, done.pending_reason, done.failure_balance_transaction], [400, null, undefined, undefined]);
  await delay(5);
  const { destination_details: sent } = await stripe.refunds.retrieve(id);
  assert.match(String(sent?.eu_bank_transfer?.reference), /^\d{16}$/);
  assert.equal(sent?.eu_bank_transfer?.reference_status, "available");

  const more = said("Refund amount (€6.01) is greater than the customer's available cash balance (€6.00)", { param: "amount" });
  assert.deepEqual(await refused(refundOf(quick, customer, 601)), more);
  await refundOf(quick, customer, 600);
  assert.deepEqual(await availableTo(quick, customer), { eur: 0 });
  assert.deepEqual(await refused(refundOf(quick, customer, 1)), said(`The customer ${customer} has nothing left in his cash balance in eur.`, { param: "amount" }));
  // What comes later can be given back too.
  await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 5, currency: "eur" });
  assert.equal((await refundOf(quick, customer, 5)).amount, 5);
  assert.deepEqual([(await stripe.balanceTransactions.list()).data.length, (await stripe.balanceTransactions.list({ source: id })).data.length], [0, 0]);
});

test("a customer who is asked for another bank may be waited for, canceled and expired, and what ends so is in the balance again", async () => {
  const { stripe } = still;
  const customer = await funded(still);
  const asked = await refundOf(still, customer, 300, { instructions_email: "jenny@example.com" });
  assert.deepEqual([asked.status, asked.instructions_email, asked.next_action?.display_details?.email_sent.email_sent_to], ["requires_action", "jenny@example.com", "jenny@example.com"]);
  assert.deepEqual(await availableTo(still, customer), { eur: 700 });
  const canceled = await stripe.refunds.cancel(asked.id);
  assert.deepEqual([canceled.status, canceled.failure_reason, canceled.failure_balance_transaction], ["canceled", "merchant_request", undefined]);
  assert.deepEqual(canceled.destination_details?.eu_bank_transfer, { reference: null, reference_status: "unavailable" });
  assert.deepEqual(await availableTo(still, customer), { eur: 1000 });
  const other = await refundOf(still, customer, 1000, { instructions_email: "jenny@example.com" });
  const expired = await stripe.testHelpers.refunds.expire(other.id);
  assert.deepEqual([expired.status, expired.failure_reason, expired.failure_balance_transaction], ["failed", "unknown", undefined]);
  assert.deepEqual(await availableTo(still, customer), { eur: 1000 });
  const pending = await refundOf(still, customer, 1);
  assert.deepEqual(await refused(stripe.refunds.cancel(pending.id)), said("Canceling this refund is unsupported."));

  const { data } = await stripe.customers.listCashBalanceTransactions(customer);
  assert.deepEqual(data.map(({ type, net_amount, ending_balance }) => [type, net_amount, ending_balance]), [
    ["return_initiated", -1, 999], ["return_canceled", 1000, 1000], ["return_initiated", -1000, 0], ["return_canceled", 300, 1000], ["return_initiated", -300, 700], ["funded", 1000, 1000],
  ]);
  assert.ok(data.every((one) => (one.funded !== undefined) === (one.type === "funded")));

  const answers = await funded(quick);
  const answered = await refundOf(quick, answers, 1000, { instructions_email: "jenny+answers@example.com" });
  assert.equal(answered.status, "requires_action");
  await becomes(quick, answered, "succeeded");
});

test("cash balance transactions of all currencies are one list, walked both ways and looked up by their ids", async () => {
  const { stripe } = still;
  const customer = await funded(still, 1000);
  await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 2000, currency: "usd", reference: "later" });
  const refunds = [];
  for (let i = 0; i < 12; i++) refunds.push(await refundOf(still, customer, 10 + i, i % 2 === 0 ? {} : { currency: "usd" }));
  const { data: all, url } = await stripe.customers.listCashBalanceTransactions(customer, { limit: 100 });
  assert.equal(url, `/v1/customers/${customer}/cash_balance_transactions`);
  assert.deepEqual(all.map(({ net_amount, currency }) => [net_amount, currency]), [
    ...refunds.toReversed().map(({ amount, currency }) => [-amount, currency]), [2000, "usd"], [1000, "eur"],
  ]);
  const walked: Stripe.CustomerCashBalanceTransaction[] = [];
  for await (const one of stripe.customers.listCashBalanceTransactions(customer, { limit: 3 })) walked.push(one);
  assert.deepEqual(walked, all);
  const back: Stripe.CustomerCashBalanceTransaction[] = [];
  for await (const one of stripe.customers.listCashBalanceTransactions(customer, { limit: 5, ending_before: all.at(-1)?.id ?? "" })) back.push(one);
  assert.deepEqual(back.map(({ id }) => id).toSorted(), all.slice(0, -1).map(({ id }) => id).toSorted());
  for (const one of all) {
    const { lastResponse: _, ...found } = await stripe.customers.retrieveCashBalanceTransaction(customer, one.id);
    assert.deepEqual(found, one);
  }
  const shown = await stripe.customers.retrieveCashBalanceTransaction(customer, all[0]?.id ?? "", { expand: ["customer"] });
  assert.equal(living(shown.customer).name, "Jenny");
  const [whose] = (await stripe.customers.listCashBalanceTransactions(customer, { limit: 1, expand: ["data.customer.cash_balance"] })).data;
  assert.deepEqual(living(whose?.customer).cash_balance?.available, { eur: 910, usd: 1904 });
  assert.equal((await refused(stripe.customers.retrieveCashBalance(customer, { expand: ["customer"] }))).message, "This property cannot be expanded (customer).");

  const stranger = await funded(still);
  for (const id of [all[0]?.id ?? "", "ccsbtxn_nothing", "ccsbtxn_" + "0".repeat(24)]) {
    assert.deepEqual(await refused(stripe.customers.retrieveCashBalanceTransaction(stranger, id)), said(`No such customer_cash_balance_transaction: '${id}'`, { code: "resource_missing", param: "transaction", status: 404 }));
  }
  const cursor = refused(stripe.customers.listCashBalanceTransactions(stranger, { starting_after: all[0]?.id ?? "" }));
  assert.deepEqual(await cursor, said(`No such customer_cash_balance_transaction: '${all[0]?.id}'`, { code: "resource_missing", param: "starting_after" }));
});

test("such refunds stand among all others: found, listed in their order, described, and shown with the customer", async () => {
  const { stripe } = still;
  const desk = openDesk(still.server);
  const customer = await funded(desk);
  const made: string[] = [];
  for (let i = 0; i < 6; i++) {
    const refund = i % 2 === 0 ? await refundOf(desk, customer, 100) : await desk.stripe.refunds.create({ charge: (await chargeOf(desk)).id });
    made.push(refund.id);
  }
  const listed: string[] = [];
  for await (const { id } of desk.stripe.refunds.list({ limit: 2 })) listed.push(id);
  assert.deepEqual(listed, made.toReversed());
  const after = await desk.stripe.refunds.list({ limit: 2, ending_before: made[1] ?? "" });
  assert.deepEqual([after.data.map(({ id }) => id), after.has_more], [[made[3], made[2]], true]);
  const intent = await intentOf(desk);
  assert.deepEqual((await desk.stripe.refunds.list({ payment_intent: intent.id })).data, []);

  const updated = await desk.stripe.refunds.update(made[0] ?? "", { metadata: { said: "ja" } });
  assert.deepEqual([updated.id, updated.metadata], [made[0], { said: "ja" }]);
  const shown = await desk.stripe.refunds.retrieve(made[0] ?? "", { expand: ["customer.cash_balance", "charge", "balance_transaction"] });
  assert.deepEqual([living(shown.customer).cash_balance?.available, shown.charge, shown.balance_transaction], [{ eur: 700 }, null, null]);
  const again = await desk.stripe.refunds.create({ origin: "customer_balance", customer, amount: 1, currency: "eur", expand: ["customer"] });
  assert.equal(living(again.customer).email, "jenny@example.com");

  const charge = await chargeOf(desk);
  const nowhere = await desk.get(`/v1/charges/${charge.id}/refunds/${made[0]}`);
  assert.equal(nowhere.status, 404);
  assert.deepEqual(await refused(stripe.refunds.retrieve(made[0] ?? "")), said(`No such refund: '${made[0]}'`, { code: "resource_missing", param: "refund", status: 404 }));
  assert.deepEqual(await refused(stripe.refunds.update(made[0] ?? "", { metadata: { a: "b" } })), said(`No such refund: '${made[0]}'`, { code: "resource_missing", param: "refund", status: 404 }));
});

test("a retry under the same key pays back once, and brings in once", async () => {
  const { stripe } = still;
  const { id: customer } = await stripe.customers.create();
  const fund = () => stripe.testHelpers.customers.fundCashBalance(customer, { amount: 1000, currency: "eur" }, { idempotencyKey: "fund" });
  assert.equal((await fund()).id, (await fund()).id);
  assert.deepEqual(await availableTo(still, customer), { eur: 1000 });
  const refund = () => stripe.refunds.create({ origin: "customer_balance", customer, amount: 600, currency: "eur" }, { idempotencyKey: "refund" });
  assert.equal((await refund()).id, (await refund()).id);
  assert.deepEqual(await availableTo(still, customer), { eur: 400 });
});

test("of refunds that come at once exactly those succeed that the balance holds, and fundings that come at once are all counted", async () => {
  const desk = openDesk(still.server);
  const { id: customer } = await desk.stripe.customers.create();
  const fundings = await Promise.all(Array.from({ length: 20 }, () => desk.stripe.testHelpers.customers.fundCashBalance(customer, { amount: 50, currency: "eur" })));
  assert.deepEqual(fundings.map(({ ending_balance }) => ending_balance).toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, i) => 50 * (i + 1)));
  const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => refundOf(desk, customer, 90)));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 11);
  assert.deepEqual(await availableTo(desk, customer), { eur: 10 });
});

test("what does not name one customer's cash is refused", async () => {
  const { stripe } = still;
  const customer = await funded(still);
  const all = { origin: "customer_balance", customer, amount: 100, currency: "eur" } as const;
  const needed = (param: string) => said(`Missing required param: ${param}.`, { code: "parameter_missing", param });
  assert.deepEqual(await refused(stripe.refunds.create({ origin: "customer_balance" })), needed("customer"));
  assert.deepEqual(await refused(stripe.refunds.create({ origin: "customer_balance", customer })), needed("currency"));
  assert.deepEqual(await refused(stripe.refunds.create({ origin: "customer_balance", customer, currency: "eur" })), needed("amount"));
  const { id: charge } = await chargeOf(still);
  const { id: payment_intent } = await intentOf(still);
  const stray = (param: string) => said(`You may not specify \`${param}\` for a refund with \`origin=customer_balance\`: it is of no charge.`, { param });
  assert.deepEqual(await refused(stripe.refunds.create({ ...all, charge })), stray("charge"));
  assert.deepEqual(await refused(stripe.refunds.create({ ...all, payment_intent })), stray("payment_intent"));
  assert.deepEqual(await refused(stripe.refunds.create({ ...all, refund_application_fee: true })), stray("refund_application_fee"));
  assert.deepEqual(await refused(stripe.refunds.create({ ...all, reverse_transfer: true })), stray("reverse_transfer"));
  const alone = (param: string) => said(`You may only specify \`${param}\` for a refund of a customer's cash balance, together with \`origin=customer_balance\`.`, { param });
  assert.deepEqual(await refused(stripe.refunds.create({ charge, customer })), alone("customer"));
  assert.deepEqual(await refused(stripe.refunds.create({ charge, currency: "usd" })), alone("currency"));
  assert.deepEqual(await refused(stripe.refunds.create({ ...all, amount: 0 })), said("This value must be greater than or equal to 1.", { code: "parameter_invalid_integer", param: "amount" }));
  const bank = await still.post("/v1/refunds", { ...all, amount: "100", origin: "bank" });
  assert.deepEqual([bank.status, textMember(bank.json, "error", "message")], [400, "Invalid origin: must be customer_balance"]);
  assert.deepEqual(await refused(stripe.refunds.create({ ...all, currency: "usd" })), said(`The customer ${customer} has no cash balance in this currency.`, { param: "currency" }));
  for (const other of ["cus_nobody", await funded(openDesk(still.server))]) {
    assert.deepEqual(await refused(stripe.refunds.create({ ...all, customer: other })), said(`No such customer: '${other}'`, { code: "resource_missing", param: "customer" }));
    const none = said(`No such customer: '${other}'`, { code: "resource_missing", param: "id", status: 404 });
    assert.deepEqual(await refused(stripe.testHelpers.customers.fundCashBalance(other, { amount: 1, currency: "eur" })), none);
    assert.deepEqual(await refused(stripe.customers.retrieveCashBalance(other)), none);
    assert.deepEqual(await refused(stripe.customers.listCashBalanceTransactions(other)), none);
  }
  assert.deepEqual(
    await refused(stripe.testHelpers.customers.fundCashBalance(customer, { amount: 1, currency: "chf" })),
    said("A cash balance cannot be funded in chf. Bank transfers come in these currencies: eur, gbp, jpy, mxn, usd.", { param: "currency" }),
  );
});

test("how cash is used can be said, as far as it is used at all, and is shown with the customer who is asked to be", async () => {
  const { stripe } = still;
  const customer = await funded(still);
  const set = await stripe.customers.updateCashBalance(customer, { settings: { reconciliation_mode: "manual" } });
  assert.deepEqual([set.settings, set.available], [{ reconciliation_mode: "manual", using_merchant_default: false }, { eur: 1000 }]);
  assert.equal((await stripe.customers.updateCashBalance(customer, {})).settings.using_merchant_default, false);
  assert.equal((await stripe.customers.updateCashBalance(customer, { settings: { reconciliation_mode: "merchant_default" } })).settings.using_merchant_default, true);
  assert.deepEqual(
    await refused(stripe.customers.updateCashBalance(customer, { settings: { reconciliation_mode: "automatic" } })),
    said("Cash is not used for payments by itself here: the reconciliation mode can only be manual.", { param: "settings[reconciliation_mode]" }),
  );
  const plain = await stripe.customers.retrieve(customer);
  assert.ok(!("cash_balance" in plain));
  const shown = living(await stripe.customers.retrieve(customer, { expand: ["cash_balance"] }));
  assert.deepEqual(expanded(shown.cash_balance).available, { eur: 1000 });
  const [first] = (await stripe.customers.list({ limit: 1, expand: ["data.cash_balance"] })).data;
  assert.deepEqual(expanded(first?.cash_balance).available, { eur: 1000 });
  assert.deepEqual(expanded((await stripe.customers.update(customer, { name: "J.", expand: ["cash_balance"] })).cash_balance).available, { eur: 1000 });
  assert.equal(expanded((await stripe.customers.create({ expand: ["cash_balance"] })).cash_balance).available, null);
  const intent = await intentOf(still, 100, { customer, expand: ["customer.cash_balance"] });
  assert.deepEqual(living(intent.customer).cash_balance?.available, { eur: 1000 });
  assert.deepEqual(await refused(stripe.customers.del(customer)), said("You cannot delete a customer with a cash balance, even if nothing is left in it."));
});

test("Square is not shown what is no payment of its merchant's", async () => {
  const desk = openDesk(quickServer);
  const customer = await funded(desk);
  const { id } = await refundOf(desk, customer, 100);
  const square = squareFor(quickServer, desk.key);
  const payments = [];
  for await (const payment of await square.payments.list()) payments.push(payment);
  const refunds = [];
  for await (const refund of await square.refunds.list()) refunds.push(refund);
  assert.deepEqual([payments, refunds], [[], []]);
  await assert.rejects(square.refunds.get({ refundId: id.slice("re_c".length) }), /NOT_FOUND/);
});
