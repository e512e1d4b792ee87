/**
 * CancelPaymentByIdempotencyKey (Square's API reference: Payments): for whoever does not know what became of a CreatePayment. A key that made
 * no payment, or whose payment is canceled already, is answered with nothing at all.
 */
import { isJsonObject, member, parseJson } from "../../../base/json.ts";
import { isPaymentId, type PaymentId } from "../../../domain/id.ts";
import { NO_EXTRAS } from "../../../engine/views.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import type { Creations } from "../creations.ts";
import { refusalReply } from "../errors.ts";
import { CREATE_SCOPE } from "../idempotency.ts";
import { string } from "../params.ts";
import { NOTHING } from "../shapes/objects.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

export function cancelByKey(desk: Desk, creations: Creations): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/payments/cancel",
    title: "Cancel payment by idempotency key",
    source: "Square's API reference: Payments",
    returns: { object: NOTHING, list: false },
    query: {},
    body: { idempotency_key: string("The key that the payment was created with.", { max: 45 }) },
    bodyIs: "required",
    async answer({ request, body: { idempotency_key: key } }) {
      const { merchant, requestId } = request;
      await creations.ended({ merchant, key });
      const made = await desk.read.reply({ merchant, scope: CREATE_SCOPE, key });
      const id = made === null ? null : paymentIn(made.body);
      if (id === null) return okReply({});
      const answer = await desk.execute({
        merchant,
        requestId,
        command: { kind: "end_payment", target: { by: "payment", id, as: "any" }, outcome: "canceled", expectedVersion: null, onlyAuthorized: true, notes: {}, attemptNotes: {} },
        claims: [],
        extras: NO_EXTRAS,
        reply(result) {
          if (!("refusal" in result)) return okReply({});
          const { refusal } = result;
          // Who asks a second time, since the first answer was lost, asked for no more than this.
          return refusal.code === "state_forbids" && refusal.payment.state === "canceled" ? okReply({}) : refusalReply(refusal, id);
        },
      });
      return answer.reply;
    },
  });
}

/** The payment that a stored answer tells of; a refusal and a decline tell of none. */
function paymentIn(body: string): PaymentId | null {
  const answer = parseJson(body)?.value ?? null;
  const payment = answer !== null && isJsonObject(answer) ? (member(answer, "payment") ?? null) : null;
  const id = payment !== null && isJsonObject(payment) ? member(payment, "id") : null;
  return typeof id === "string" && isPaymentId(id) ? id : null;
}
