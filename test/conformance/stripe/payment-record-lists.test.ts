/** Lists of Payment Records and of their attempts (Stripe's API reference: Payment Records and conventions). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, member, NOW, openDesk, openRecordOf, recordOf, refused, said } from "./desk.ts";

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

const idsOf = (list: { readonly data: readonly { readonly id: string }[] }) => list.data.map(({ id }) => id);

test("records are listed newest first, ten unless told, and both cursors walk them", async () => {
  const desk = openDesk(server);
  const made: string[] = [];
  for (let i = 0; i < 12; i++) made.unshift((await recordOf(desk, 100 + i)).id);
  const { paymentRecords } = desk.stripe;
  const first = await paymentRecords.list();
  assert.deepEqual(idsOf(first), made.slice(0, 10));
  assert.equal(first.has_more, true);
  const rest = await paymentRecords.list({ starting_after: made[9] ?? "" });
  assert.deepEqual([idsOf(rest), rest.has_more], [made.slice(10), false]);
  const back = await paymentRecords.list({ ending_before: made[5] ?? "", limit: 3 });
  assert.deepEqual([idsOf(back), back.has_more], [made.slice(2, 5), true]);
  const toStart = await paymentRecords.list({ ending_before: made[2] ?? "", limit: 3 });
  assert.deepEqual([idsOf(toStart), toStart.has_more], [made.slice(0, 2), false]);
  const answer = await desk.get("/v1/payment_records?limit=1");
  assert.deepEqual([member(answer.json, "object"), member(answer.json, "url")], ["list", "/v1/payment_records"]);
});

test("auto-pagination sees every record once", async () => {
  const desk = openDesk(server);
  const made: string[] = [];
  for (let i = 0; i < 7; i++) made.unshift((await recordOf(desk)).id);
  const seen: string[] = [];
  for await (const { id } of desk.stripe.paymentRecords.list({ limit: 2 })) seen.push(id);
  assert.deepEqual(seen, made);
});

test("created_after and created_before leave their own second out", async () => {
  const desk = openDesk(server);
  const { id, created } = await recordOf(desk);
  const { paymentRecords } = desk.stripe;
  assert.deepEqual(idsOf(await paymentRecords.list({ created_after: created - 1, created_before: created + 1 })), [id]);
  assert.deepEqual(idsOf(await paymentRecords.list({ created_after: created })), []);
  assert.deepEqual(idsOf(await paymentRecords.list({ created_before: created })), []);
  assert.deepEqual(idsOf(await paymentRecords.list({ created_after: created - 1 })), [id]);
  assert.deepEqual(idsOf(await paymentRecords.list({ created_before: created + 1 })), [id]);
});

test("the filters' names are flat, and no other is taken", async () => {
  const desk = openDesk(server);
  const { status, json } = await desk.get("/v1/payment_records?created[gte]=1");
  assert.deepEqual([status, member(json, "error", "message")], [400, "Received unknown parameter: created"]);
});

test("charges and intents are records too, and an intent that was never tried has no attempt", async () => {
  const desk = openDesk(server);
  const charge = await chargeOf(desk);
  const intent = await intentOf(desk);
  const untried = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  const reported = await recordOf(desk);
  const { data } = await desk.stripe.paymentRecords.list();
  assert.deepEqual(data.map(({ id }) => id), [reported.id, untried.id.replace("pi_", "pr_"), intent.id.replace("pi_", "pr_"), charge.id.replace("ch_", "pr_")]);
  assert.deepEqual(data.map(({ reported_by }) => reported_by), ["self", "stripe", "stripe", "stripe"]);
  assert.deepEqual([data[1]?.latest_payment_attempt_record, data[1]?.payment_method_details], [null, null]);
});

test("the attempts of a record are listed newest first, forwards only", async () => {
  const desk = openDesk(server);
  const { paymentRecords, paymentAttemptRecords } = desk.stripe;
  const record = await openRecordOf(desk);
  const attempts = [String(record.latest_payment_attempt_record)];
  for (let i = 0; i < 3; i++) {
    await paymentRecords.reportPaymentAttemptFailed(record.id, { failed_at: NOW });
    attempts.unshift(String((await paymentRecords.reportPaymentAttempt(record.id, { initiated_at: NOW })).latest_payment_attempt_record));
  }
  await recordOf(desk);
  assert.deepEqual(idsOf(await paymentAttemptRecords.list({ payment_record: record.id })), attempts);
  const page = await paymentAttemptRecords.list({ payment_record: record.id, limit: 2, starting_after: attempts[0] ?? "" });
  assert.deepEqual([idsOf(page), page.has_more], [attempts.slice(1, 3), true]);
  const backwards = await desk.get(`/v1/payment_attempt_records?payment_record=${record.id}&ending_before=${attempts[1]}`);
  assert.deepEqual([backwards.status, member(backwards.json, "error", "message")], [400, "Received unknown parameter: ending_before"]);
  const whose = await desk.get("/v1/payment_attempt_records");
  assert.deepEqual([whose.status, member(whose.json, "error", "message")], [400, "Missing required param: payment_record."]);
});

test("unknown ids are told by the parameter that named them", async () => {
  const desk = openDesk(server);
  const { paymentRecords, paymentAttemptRecords } = desk.stripe;
  const missing = (what: string, id: string, param: string, status = 400) => said(`No such ${what}: '${id}'`, { status, code: "resource_missing", param });
  const { id } = await recordOf(desk);
  assert.deepEqual(await refused(paymentRecords.list({ starting_after: "pr_nope" })), missing("payment_record", "pr_nope", "starting_after"));
  assert.deepEqual(await refused(paymentRecords.list({ ending_before: "pr_nope" })), missing("payment_record", "pr_nope", "ending_before"));
  assert.deepEqual(await refused(paymentRecords.retrieve("pr_nope")), missing("payment_record", "pr_nope", "id", 404));
  assert.deepEqual(await refused(paymentAttemptRecords.retrieve("par_nope")), missing("payment_attempt_record", "par_nope", "id", 404));
  assert.deepEqual(await refused(paymentAttemptRecords.list({ payment_record: "pr_nope" })), missing("payment_record", "pr_nope", "payment_record"));
  assert.deepEqual(await refused(paymentAttemptRecords.list({ payment_record: id, starting_after: "par_nope" })), missing("payment_attempt_record", "par_nope", "starting_after"));
});
