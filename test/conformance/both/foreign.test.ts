/** Another merchant's ids answer exactly as ids that name nothing, at both doors: nobody can learn that they exist. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, startTestServer, type Answer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, recordOf } from "../stripe/desk.ts";
import { openBoth, payBySquare, refundBySquare, squarePayment, type TwoDoors } from "./two-doors.ts";

let server: TestServer;
let mine: TwoDoors;
let owned: Readonly<Record<"charge" | "intent" | "record" | "attempt" | "refund" | "payment", string>>;
before(async () => {
  server = await startTestServer();
  mine = openBoth(server);
  const payment = await payBySquare(mine, 1000);
  const record = await recordOf(mine);
  owned = {
    payment,
    refund: await refundBySquare(mine, payment, 100),
    charge: (await chargeOf(mine)).id,
    intent: (await intentOf(mine, 1000, { capture_method: "manual" })).id,
    record: record.id,
    attempt: String(record.latest_payment_attempt_record),
  };
});
after(() => server.stop());

/** The same id with a body that nobody has. */
const unknown = (id: string): string => id.slice(0, -24) + "0".repeat(24);

/** What an answer says, without what differs from one request to the next: the id itself and the request's own id. */
const saidOf = ({ status, text }: Answer, id: string): string => `${status} ${text.replaceAll(id, "ID").replace(/logs\/req_\w+\?t=\d+/, "LOG")}`;

type Request = { readonly name: string; readonly id: () => string; readonly ask: (id: string, at: TwoDoors) => Promise<Answer> };

const report = { outcome: "refunded", "processor_details[type]": "custom", "processor_details[custom][refund_reference]": "foreign", "refunded[refunded_at]": "1" };
const stripe = (name: string, id: () => string, ask: Request["ask"]): Request => ({ name: `Stripe: ${name}`, id, ask });
const square = (name: string, id: () => string, ask: Request["ask"]): Request => ({ name: `Square: ${name}`, id, ask });
const bare = (id: string): string => id.slice(id.indexOf("_") + 1);

const requests: readonly Request[] = [
  stripe("retrieve a charge", () => owned.charge, (id, at) => at.get(`/v1/charges/${id}`)),
  stripe("update a charge", () => owned.charge, (id, at) => at.post(`/v1/charges/${id}`, { description: "x" })),
  stripe("capture a charge", () => owned.charge, (id, at) => at.post(`/v1/charges/${id}/capture`)),
  stripe("refund a charge", () => owned.charge, (id, at) => at.post("/v1/refunds", { charge: id })),
  stripe("refund a charge at its own address", () => owned.charge, (id, at) => at.post(`/v1/charges/${id}/refund`)),
  stripe("list the refunds of a charge", () => owned.charge, (id, at) => at.get(`/v1/refunds?charge=${id}`)),
  stripe("go on after a charge", () => owned.charge, (id, at) => at.get(`/v1/charges?starting_after=${id}`)),
  stripe("retrieve an intent", () => owned.intent, (id, at) => at.get(`/v1/payment_intents/${id}`)),
  stripe("confirm an intent", () => owned.intent, (id, at) => at.post(`/v1/payment_intents/${id}/confirm`, { payment_method: "pm_card_visa" })),
  stripe("capture an intent", () => owned.intent, (id, at) => at.post(`/v1/payment_intents/${id}/capture`)),
  stripe("cancel an intent", () => owned.intent, (id, at) => at.post(`/v1/payment_intents/${id}/cancel`)),
  stripe("refund an intent", () => owned.intent, (id, at) => at.post("/v1/refunds", { payment_intent: id })),
  stripe("list the charges of an intent", () => owned.intent, (id, at) => at.get(`/v1/charges?payment_intent=${id}`)),
  stripe("retrieve a refund", () => `re_${owned.refund}`, (id, at) => at.get(`/v1/refunds/${id}`)),
  stripe("go back before a refund", () => `re_${owned.refund}`, (id, at) => at.get(`/v1/refunds?ending_before=${id}`)),
  stripe("retrieve a record", () => owned.record, (id, at) => at.get(`/v1/payment_records/${id}`)),
  stripe("report a refund on a record", () => owned.record, (id, at) => at.post(`/v1/payment_records/${id}/report_refund`, report)),
  stripe("report an attempt on a record", () => owned.record, (id, at) => at.post(`/v1/payment_records/${id}/report_payment_attempt`, { initiated_at: "1" })),
  stripe("describe a record", () => owned.record, (id, at) => at.post(`/v1/payment_records/${id}/report_payment_attempt_informational`, { description: "x" })),
  stripe("retrieve an attempt", () => owned.attempt, (id, at) => at.get(`/v1/payment_attempt_records/${id}`)),
  stripe("list a record's attempts", () => owned.record, (id, at) => at.get(`/v1/payment_attempt_records?payment_record=${id}`)),
  square("get a payment", () => owned.payment, (id, at) => call(server, at.key, { path: `/v2/payments/${id}` })),
  square("get another door's payment", () => bare(owned.charge), (id, at) => call(server, at.key, { path: `/v2/payments/${id}` })),
  square("complete a payment", () => owned.payment, (id, at) => call(server, at.key, { path: `/v2/payments/${id}/complete`, method: "POST", json: {} })),
  square("cancel a payment", () => owned.payment, (id, at) => call(server, at.key, { path: `/v2/payments/${id}/cancel`, method: "POST", json: {} })),
  square("refund a payment", () => owned.payment, (id, at) =>
    call(server, at.key, { path: "/v2/refunds", json: { idempotency_key: `foreign ${id.slice(0, 20)}`, payment_id: id, amount_money: { amount: 1, currency: "USD" } } }),
  ),
  square("get a refund", () => owned.refund, (id, at) => call(server, at.key, { path: `/v2/refunds/${id}` })),
];

for (const { name, id, ask } of requests) {
  test(`${name}: another merchant's id answers as one that nobody has`, async () => {
    const stranger = openBoth(server);
    const [foreign, nobodys] = [id(), unknown(id())];
    const [one, other] = [await ask(foreign, stranger), await ask(nobodys, stranger)];
    assert.ok(one.status === 404 || one.status === 400, `${one.status} ${one.text}`);
    assert.equal(saidOf(one, foreign), saidOf(other, nobodys));
  });
}

test("the owner is answered under the same ids, so that the tests above can fail", async () => {
  for (const path of [`/v1/charges/${owned.charge}`, `/v1/payment_intents/${owned.intent}`, `/v1/refunds/re_${owned.refund}`, `/v1/payment_records/${owned.record}`, `/v1/payment_attempt_records/${owned.attempt}`]) {
    assert.equal((await mine.get(path)).status, 200, path);
  }
  const { id, refundedMoney } = await squarePayment(mine, owned.payment);
  assert.deepEqual([id, refundedMoney?.amount], [owned.payment, 100n], "and nothing was done to them");
});

test("a stranger's lists are empty at both doors", async () => {
  const stranger = openBoth(server);
  const { stripe: theirs, square: shop } = stranger;
  for (const list of [await theirs.charges.list(), await theirs.paymentIntents.list(), await theirs.refunds.list(), await theirs.paymentRecords.list()]) assert.deepEqual(list.data, []);
  assert.deepEqual((await shop.payments.list()).data, []);
  assert.deepEqual((await shop.refunds.list()).data, []);
});
