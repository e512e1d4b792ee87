/** A charge's refunds by the older addresses (Stripe's API reference: refunds of a charge). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, linkId, member, openDesk, textMember, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const errorOf = (json: unknown) => [member(json, "error", "code"), member(json, "error", "param"), member(json, "error", "message")];

test("a refund that is created below its charge is the refund itself, and is found there and on its own", async () => {
  const { id } = await chargeOf(desk);
  const made = await desk.post(`/v1/charges/${id}/refunds`, { amount: "300", reason: "duplicate", "metadata[a]": "1" });
  assert.equal(made.status, 200);
  assert.deepEqual([member(made.json, "object"), member(made.json, "amount"), member(made.json, "charge")], ["refund", 300, id]);
  const refund = textMember(made.json, "id");
  const found = await desk.get(`/v1/charges/${id}/refunds/${refund}`);
  assert.deepEqual(found.json, made.json);
  assert.deepEqual((await desk.get(`/v1/refunds/${refund}`)).json, made.json);
});

test("a charge's refunds are listed newest first, by both cursors, and tell no count", async () => {
  const { id } = await chargeOf(desk);
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.unshift((await desk.stripe.refunds.create({ charge: id, amount: 10 })).id);
  await desk.stripe.refunds.create({ charge: (await chargeOf(desk)).id });
  const list = async (query: string) => {
    const { json, status } = await desk.get(`/v1/charges/${id}/refunds${query}`);
    assert.equal(status, 200);
    const data = member(json, "data");
    assert.ok(Array.isArray(data));
    return { ids: data.map((row) => textMember(row, "id")), more: member(json, "has_more"), keys: Object.keys(json ?? {}), url: member(json, "url") };
  };
  assert.deepEqual(await list(""), { ids: made, more: false, keys: ["object", "data", "has_more", "url"], url: `/v1/charges/${id}/refunds` });
  assert.deepEqual((await list(`?limit=2&starting_after=${made[1]}`)).ids, made.slice(2, 4));
  assert.deepEqual((await list(`?limit=2&ending_before=${made[4]}`)).ids, made.slice(2, 4));
  assert.deepEqual((await list("?limit=0")).ids, made.slice(0, 1));
});

test("a refund of another charge is not found below this one, neither as object nor as cursor", async () => {
  const [{ id }, other] = [await chargeOf(desk), await chargeOf(desk)];
  const refund = await desk.stripe.refunds.create({ charge: other.id });
  const missing = ["resource_missing", "refund", `No such refund: '${refund.id}'`];
  const found = await desk.get(`/v1/charges/${id}/refunds/${refund.id}`);
  assert.deepEqual([found.status, ...errorOf(found.json)], [404, ...missing]);
  const cursor = await desk.get(`/v1/charges/${id}/refunds?starting_after=${refund.id}`);
  assert.deepEqual([cursor.status, ...errorOf(cursor.json)], [400, "resource_missing", "starting_after", `No such refund: '${refund.id}'`]);
});

test("an unknown charge is not found, whatever is asked of it", async () => {
  for (const charge of ["ch_nope", "ch_000000000000000000000000"]) {
    const missing = [404, "resource_missing", "id", `No such charge: '${charge}'`];
    for (const answer of [await desk.get(`/v1/charges/${charge}/refunds`), await desk.post(`/v1/charges/${charge}/refunds`), await desk.get(`/v1/charges/${charge}/refunds/re_1`), await desk.post(`/v1/charges/${charge}/refunds/re_1`, { "metadata[a]": "1" })]) {
      assert.deepEqual([answer.status, ...errorOf(answer.json)], missing);
    }
  }
});

test("a refund below an intent's charge counts with those of the intent", async () => {
  const intent = await intentOf(desk);
  const charge = linkId(intent.latest_charge);
  assert.equal((await desk.post(`/v1/charges/${charge}/refunds`, { amount: "999" })).status, 200);
  const tooMuch = await desk.post("/v1/refunds", { payment_intent: intent.id, amount: "2" });
  assert.equal(member(tooMuch.json, "error", "message"), "Refund amount ($0.02) is greater than unrefunded amount on charge ($0.01)");
});
