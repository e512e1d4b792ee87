/** Disputes as far as they bind refunds (Stripe's API reference: Disputes, test instruments, balance transactions). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { squareFor } from "../../test-server.ts";
import { chargeOf, expanded, intentOf, linkId, member, openDesk, refused, said, textMember, type StripeDesk } from "./desk.ts";
import { openTwoPaces } from "./two-paces.ts";

const WAIT_MS_MAX = 5_000;
const NINE_DAYS = 9 * 86_400;

const { quickServer, stillServer, quick, still } = await openTwoPaces();

async function disputeOf(desk: StripeDesk, source = "tok_createDispute", amount = 1000): Promise<{ readonly charge: string; readonly dispute: Stripe.Dispute }> {
  const { id } = await chargeOf(desk, amount, { source });
  const [dispute] = (await desk.stripe.disputes.list({ charge: id })).data;
  assert.ok(dispute !== undefined, "the charge is disputed");
  return { charge: id, dispute };
}

/** The dispute as it is once it has that status. */
async function becomes({ stripe }: StripeDesk, { id }: Stripe.Dispute, status: string): Promise<Stripe.Dispute> {
  const until = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const dispute = await stripe.disputes.retrieve(id);
    if (dispute.status === status) return dispute;
    assert.ok(Date.now() < until, `the dispute is still ${dispute.status}`);
    await delay(5);
  }
}

const evidence = (uncategorized_text: string) => ({ evidence: { uncategorized_text } });
const moves = ({ balance_transactions: all }: Stripe.Dispute) =>
  all.map(({ amount, fee, net, type, reporting_category: category, description }) => [amount, fee, net, type, category, description]);
const withdrawn = (charge: string, amount = 1000) => [-amount, 1500, -amount - 1500, "adjustment", "dispute", `Chargeback withdrawal for ${charge}`];
const chargedBack = (charge: string) => said(`Charge ${charge} has been charged back; cannot issue a refund.`, { code: "charge_disputed" });

test("a charge that is charged back has a dispute, which took the money, and refuses refunds", async () => {
  const { charge, dispute } = await disputeOf(still);
  assert.match(dispute.id, /^du_\w{24}$/);
  const { object, amount, currency, reason, status, is_charge_refundable, network_reason_code, livemode, metadata, payment_intent } = dispute;
  assert.deepEqual(
    [object, amount, currency, reason, status, is_charge_refundable, network_reason_code, livemode, metadata, payment_intent, dispute.charge],
    ["dispute", 1000, "usd", "fraudulent", "needs_response", false, "10.4", false, {}, null, charge],
  );
  assert.deepEqual(dispute.payment_method_details, { card: { brand: "visa", case_type: "chargeback", network: "visa", network_reason_code: "10.4" }, type: "card" });
  const { due_by, has_evidence, past_due, submission_count, submission_method } = dispute.evidence_details;
  assert.deepEqual([due_by, has_evidence, past_due, submission_count, submission_method], [dispute.created + NINE_DAYS, false, false, 0, "not_submitted"]);
  assert.deepEqual(moves(dispute), [withdrawn(charge)]);
  assert.deepEqual([dispute.balance_transactions[0]?.source, dispute.balance_transactions[0]?.fee_details.map((fee) => [fee.amount, fee.type])], [dispute.id, [[1500, "stripe_fee"]]]);
  assert.deepEqual(await refused(still.stripe.refunds.create({ charge, amount: 1 })), chargedBack(charge));
  const shown = await still.stripe.charges.retrieve(charge);
  assert.deepEqual([shown.disputed, member(shown, "dispute"), shown.amount_refunded, shown.refunded], [true, dispute.id, 0, false]);
  const other = await disputeOf(still, "tok_createDisputeProductNotReceived");
  assert.deepEqual([other.dispute.reason, other.dispute.network_reason_code], ["product_not_received", "13.1"]);
});

test("an inquiry has taken nothing, and leaves the charge refundable", async () => {
  const { charge, dispute } = await disputeOf(still, "tok_createDisputeInquiry");
  assert.deepEqual([dispute.status, dispute.is_charge_refundable, dispute.balance_transactions], ["warning_needs_response", true, []]);
  assert.equal((await still.stripe.refunds.create({ charge, amount: 400 })).status, "succeeded");
  const { status } = await still.stripe.disputes.update(dispute.id, evidence("It was a gift."));
  assert.equal(status, "warning_under_review");
  assert.equal((await still.stripe.refunds.create({ charge })).amount, 600);
});

test("a dispute begins with the capture: an authorization has nothing to charge back", async () => {
  const { id, disputed } = await chargeOf(still, 1000, { source: "tok_createDispute", capture: false });
  assert.equal(disputed, false);
  assert.deepEqual((await still.stripe.disputes.list({ charge: id })).data, []);
  const captured = await still.stripe.charges.capture(id, { amount: 700 });
  assert.equal(captured.disputed, true);
  assert.equal((await still.stripe.disputes.list({ charge: id })).data[0]?.amount, 700);
  const released = await chargeOf(still, 1000, { source: "tok_createDispute", capture: false });
  assert.equal((await still.stripe.refunds.create({ charge: released.id })).amount, 1000);
});

test("a dispute that is won frees the charge, and brings back the money but not the fee", async () => {
  const { charge, dispute } = await disputeOf(quick);
  const handed = await quick.stripe.disputes.update(dispute.id, evidence("winning_evidence"));
  assert.equal(handed.status, "under_review");
  const won = await becomes(quick, dispute, "won");
  assert.equal(won.is_charge_refundable, true);
  assert.deepEqual(moves(won), [withdrawn(charge), [1000, 0, 1000, "adjustment", "dispute_reversal", `Chargeback reversal for ${charge}`]]);
  assert.equal((await quick.stripe.refunds.create({ charge, amount: 300 })).status, "succeeded");
  assert.equal((await quick.stripe.refunds.create({ charge })).amount, 700);
  assert.equal((await refused(quick.stripe.refunds.create({ charge }))).code, "charge_already_refunded");
  const shown = await quick.stripe.charges.retrieve(charge);
  assert.deepEqual([shown.disputed, member(shown, "dispute"), shown.refunded], [true, dispute.id, true]);
});

test("a dispute that is lost does not free the charge", async () => {
  const { charge, dispute } = await disputeOf(quick);
  await quick.stripe.disputes.update(dispute.id, evidence("losing_evidence"));
  const lost = await becomes(quick, dispute, "lost");
  assert.deepEqual([lost.is_charge_refundable, moves(lost)], [false, [withdrawn(charge)]]);
  assert.deepEqual(await refused(quick.stripe.refunds.create({ charge })), chargedBack(charge));
});

test("a dispute that is closed is lost, and cannot be closed or answered again", async () => {
  const { charge, dispute } = await disputeOf(still);
  assert.equal((await still.stripe.disputes.close(dispute.id)).status, "lost");
  assert.deepEqual(await refused(still.stripe.refunds.create({ charge })), chargedBack(charge));
  const closed = said("This dispute is already closed.");
  assert.deepEqual(await refused(still.stripe.disputes.close(dispute.id)), closed);
  assert.deepEqual(await refused(still.stripe.disputes.update(dispute.id, evidence("late"))), closed);
  assert.deepEqual((await still.stripe.disputes.update(dispute.id, { metadata: { case: "7" } })).metadata, { case: "7" });
  const inquiry = await disputeOf(still, "tok_createDisputeInquiry");
  assert.equal((await still.stripe.disputes.close(inquiry.dispute.id)).status, "warning_closed");
});

test("an inquiry that escalates charges back what is left, and refuses refunds from then on", async () => {
  const { charge, dispute } = await disputeOf(quick, "tok_createDisputeInquiry");
  await quick.stripe.refunds.create({ charge, amount: 250 });
  await quick.stripe.disputes.update(dispute.id, evidence("escalate_inquiry_evidence"));
  const escalated = await becomes(quick, dispute, "needs_response");
  assert.deepEqual([escalated.amount, escalated.is_charge_refundable, moves(escalated)], [750, false, [withdrawn(charge, 750)]]);
  assert.deepEqual(await refused(quick.stripe.refunds.create({ charge, amount: 1 })), chargedBack(charge));
  await quick.stripe.disputes.update(dispute.id, evidence("winning_evidence"));
  const won = await becomes(quick, dispute, "won");
  assert.equal(won.evidence_details.submission_count, 2);
  assert.equal((await quick.stripe.refunds.create({ charge })).amount, 750);
});

test("evidence is kept until it is handed in, every text beside the others", async () => {
  const { dispute } = await disputeOf(still);
  const kept = await still.stripe.disputes.update(dispute.id, { evidence: { customer_name: "Jenny", product_description: "a book" }, submit: false, metadata: { a: "1" } });
  assert.deepEqual([kept.status, kept.evidence.customer_name, kept.evidence.receipt, kept.evidence_details.has_evidence, kept.evidence_details.submission_count], ["needs_response", "Jenny", null, true, 0]);
  const changed = await still.stripe.disputes.update(dispute.id, { evidence: { customer_name: "", shipping_date: "today" }, submit: false });
  assert.deepEqual([changed.evidence.customer_name, changed.evidence.product_description, changed.evidence.shipping_date, changed.metadata], [null, "a book", "today", { a: "1" }]);
  const handed = await still.stripe.disputes.update(dispute.id, { submit: true });
  assert.deepEqual([handed.status, handed.evidence_details.submission_count, handed.evidence_details.submission_method, handed.evidence_details.past_due], ["under_review", 1, "manual", false]);
  assert.deepEqual(await refused(still.stripe.disputes.update(dispute.id, evidence("more"))), said("This dispute is under_review: evidence is only taken while it needs a response."));
  assert.deepEqual(await refused(still.stripe.disputes.close(dispute.id)), said("This dispute is under_review: it can only be closed while it needs a response."));
});

test("links of a dispute are followed", async () => {
  const intent = await intentOf(still, 1000, { payment_method: "pm_card_createDispute" });
  const [dispute] = (await still.stripe.disputes.list({ payment_intent: intent.id, expand: ["data.charge.balance_transaction", "data.payment_intent", "data.balance_transactions"] })).data;
  const charge = expanded(dispute?.charge);
  assert.deepEqual([charge.id, expanded(charge.balance_transaction).amount], [linkId(intent.latest_charge), 1000]);
  assert.equal(expanded(dispute?.payment_intent).id, intent.id);
  assert.equal((await still.stripe.disputes.retrieve(dispute?.id ?? "", { expand: ["charge"] })).balance_transactions.length, 1);
  assert.deepEqual(await refused(still.stripe.disputes.retrieve(dispute?.id ?? "", { expand: ["reason"] })), said("This property cannot be expanded (reason)."));
});

test("disputes are listed newest first, page by page, by charge, intent and time", async () => {
  const desk = openDesk(stillServer);
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.unshift((await disputeOf(desk)).dispute.id);
  await chargeOf(desk);
  const idsOf = async (params: Stripe.DisputeListParams) => (await desk.stripe.disputes.list(params)).data.map(({ id }) => id);
  assert.deepEqual(await idsOf({}), ids);
  const first = await desk.stripe.disputes.list({ limit: 2 });
  assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [ids.slice(0, 2), true]);
  assert.deepEqual(await idsOf({ limit: 2, starting_after: String(ids[1]) }), ids.slice(2));
  assert.deepEqual(await idsOf({ ending_before: String(ids[2]), limit: 1 }), [ids[1]]);
  assert.deepEqual(await idsOf({ created: { gt: Math.floor(Date.now() / 1_000) + 10 } }), []);
  assert.deepEqual(await idsOf({ charge: (await chargeOf(desk)).id }), []);
  assert.deepEqual(await refused(desk.stripe.disputes.list({ starting_after: "du_nope" })), said("No such dispute: 'du_nope'", { code: "resource_missing", param: "starting_after" }));
  assert.deepEqual(await refused(desk.stripe.disputes.list({ charge: "ch_nope" })), said("No such charge: 'ch_nope'", { code: "resource_missing", param: "charge" }));
});

test("a charge's dispute answers at the older address, and a charge without one says so", async () => {
  const { charge, dispute } = await disputeOf(still);
  assert.equal(textMember((await still.get(`/v1/charges/${charge}/dispute`)).json, "id"), dispute.id);
  const answered = await still.post(`/v1/charges/${charge}/dispute`, { "evidence[customer_name]": "Jenny", submit: "false" });
  assert.deepEqual([answered.status, member(answered.json, "evidence", "customer_name"), member(answered.json, "status")], [200, "Jenny", "needs_response"]);
  assert.equal(member((await still.post(`/v1/charges/${charge}/dispute/close`)).json, "status"), "lost");
  const { id } = await chargeOf(still);
  for (const answer of [await still.get(`/v1/charges/${id}/dispute`), await still.post(`/v1/charges/${id}/dispute`, { "metadata[a]": "1" })]) {
    assert.deepEqual([answer.status, member(answer.json, "error", "message"), member(answer.json, "error", "type")], [404, `No dispute for charge: ${id}`, "invalid_request_error"]);
  }
  assert.equal((await still.get("/v1/charges/ch_nope/dispute")).status, 404);
});

test("what cannot be a dispute, or an answer to one, is refused in Stripe's words", async () => {
  const unknown = said("No such dispute: 'du_nope'", { code: "resource_missing", param: "dispute", status: 404 });
  for (const work of [still.stripe.disputes.retrieve("du_nope"), still.stripe.disputes.close("du_nope"), still.stripe.disputes.update("du_nope", { metadata: { a: "1" } })]) {
    assert.deepEqual(await refused(work), unknown);
  }
  const { dispute } = await disputeOf(still);
  const stranger = openDesk(stillServer);
  assert.equal((await refused(stranger.stripe.disputes.retrieve(dispute.id))).status, 404);
  assert.equal((await refused(stranger.stripe.disputes.close(dispute.id))).status, 404);
  assert.deepEqual(await refused(still.stripe.disputes.update(dispute.id, { evidence: { receipt: "file_1" } })), said("Refundry does not serve the parameter 'evidence[receipt]' yet. Remove it from your request.", { param: "evidence[receipt]" }));
  assert.equal((await refused(still.stripe.disputes.update(dispute.id, evidence("x".repeat(150_001))))).param, "evidence[uncategorized_text]");
  await still.stripe.disputes.update(dispute.id, { evidence: { access_activity_log: "x".repeat(20_000) }, submit: false });
  assert.deepEqual(
    await refused(still.stripe.disputes.update(dispute.id, evidence("x".repeat(140_000)))),
    said("The evidence of a dispute can have up to 150000 characters in all, and this would be 160000.", { param: "evidence" }),
  );
  const wrong = await still.post(`/v1/disputes/${dispute.id}`, { "evidence[nope]": "1" });
  assert.deepEqual([wrong.status, member(wrong.json, "error", "param")], [400, "evidence[nope]"]);
  assert.equal((await still.stripe.disputes.retrieve(dispute.id)).status, "needs_response");
});

test("the same key answers with the same bytes, and hands evidence in once", async () => {
  const { dispute } = await disputeOf(still);
  const form = { "evidence[uncategorized_text]": "It was sent." };
  const first = await still.post(`/v1/disputes/${dispute.id}`, form, { "idempotency-key": `answer-${dispute.id}` });
  const again = await still.post(`/v1/disputes/${dispute.id}`, form, { "idempotency-key": `answer-${dispute.id}` });
  assert.deepEqual([again.status, again.text], [200, first.text]);
  assert.equal((await still.stripe.disputes.retrieve(dispute.id)).evidence_details.submission_count, 1);
});

test("a payment that Square's sandbox charges back has a dispute too, and is free in both when that is won", async () => {
  const square = squareFor(quickServer, quick.key);
  const money = (amount: bigint) => ({ amount, currency: "USD" as const });
  const { payment } = await square.payments.create({ idempotencyKey: "disputed", sourceId: "cnon:card-nonce-ok", amountMoney: money(8803n) });
  const id = String(payment?.id);
  await assert.rejects(square.refunds.refundPayment({ idempotencyKey: "no", paymentId: id, amountMoney: money(1n) }), /PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE/);
  const [dispute] = (await quick.stripe.disputes.list({ charge: `ch_${id}` })).data;
  assert.ok(dispute !== undefined);
  await quick.stripe.disputes.update(dispute.id, evidence("winning_evidence"));
  await becomes(quick, dispute, "won");
  const refunded = await square.refunds.refundPayment({ idempotencyKey: "yes", paymentId: id, amountMoney: money(8803n) });
  assert.equal(refunded.refund?.status, "PENDING");
});
