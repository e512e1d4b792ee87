/** One payment: read, completed, canceled (Square's API reference: Payments). Square means the payment whole, intents included. */
import { assert } from "../../../base/assert.ts";
import { isPaymentId } from "../../../domain/id.ts";
import type { Command } from "../../../domain/command.ts";
import type { Reply } from "../../../engine/job.ts";
import type { Desk, Endpoint, WireRequest } from "../../../engine/wire.ts";
import { errorReply, paymentNotFound, refusalReply } from "../errors.ts";
import { paymentNamed, versionOf } from "../ids.ts";
import { PAYMENT_EXTRAS, paymentObject } from "../objects/payment.ts";
import { text } from "../params.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

const NOTHING = {};

export function getPayment(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/payments/:payment_id",
    title: "Get payment",
    source: "Square's API reference: Payments",
    returns: { object: "Payment", list: false },
    pathParameter: "The payment's id.",
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    async answer({ request, id }) {
      const view = isPaymentId(id) ? await desk.read.payment(request.merchant, id, PAYMENT_EXTRAS) : null;
      return view === null ? errorReply([paymentNotFound(id)]) : okReply({ payment: paymentObject(view) });
    },
  });
}

export function completePayment(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/payments/:payment_id/complete",
    title: "Complete payment",
    source: "Square's API reference: Payments",
    returns: { object: "Payment", list: false },
    pathParameter: "The payment's id.",
    query: NOTHING,
    body: { version_token: text("Nothing is done if the payment is at another version.", { nullable: true }) },
    bodyIs: "optional",
    answer({ request, id, body: { version_token: token } }) {
      const payment = paymentNamed(id);
      return change(desk, request, id, {
        kind: "capture_payment",
        target: { by: "payment", id: payment, as: "any" },
        amount: null,
        expectedVersion: token === null ? null : versionOf(payment, token),
        pastIntent: true,
        onlyAuthorized: true,
        notes: {},
        attemptNotes: {},
      });
    },
  });
}

export function cancelPayment(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/payments/:payment_id/cancel",
    title: "Cancel payment",
    source: "Square's API reference: Payments",
    returns: { object: "Payment", list: false },
    pathParameter: "The payment's id.",
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    answer: ({ request, id }) =>
      change(desk, request, id, {
        kind: "end_payment",
        target: { by: "payment", id: paymentNamed(id), as: "any" },
        outcome: "canceled",
        expectedVersion: null,
        onlyAuthorized: true,
        notes: {},
        attemptNotes: {},
      }),
  });
}

/** These have no key: a second try meets the state that the first one left. */
async function change(desk: Desk, request: WireRequest, asked: string, command: Command): Promise<Reply> {
  const answer = await desk.execute({
    merchant: request.merchant,
    requestId: request.requestId,
    command,
    claims: [],
    extras: PAYMENT_EXTRAS,
    reply(result) {
      assert(!("conflict" in result), "a command without a key is in no conflict");
      return "refusal" in result ? refusalReply(result.refusal, asked) : okReply({ payment: paymentObject(result.done) });
    },
  });
  return answer.reply;
}
