/** CreatePayment (Square's API reference: CreatePayment): a card by its token, or cash and other means as the seller reports them. */
import { present } from "../../../base/assert.ts";
import type { Currency } from "../../../domain/currency.ts";
import type { TakePayment, Tender } from "../../../domain/command.ts";
import { NO_NOTES, type Notes } from "../../../domain/notes.ts";
import type { Millis } from "../../../domain/id.ts";
import type { Money } from "../../../domain/money.ts";
import { NOBODY } from "../../../domain/whose.ts";
import type { Done, Reply } from "../../../engine/job.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import type { Creations } from "../creations.ts";
import { declineError, DETAIL, errorReply, refusalReply, squareError } from "../errors.ts";
import { CREATE_SCOPE, makeClaim } from "../idempotency.ts";
import { makeNotes } from "../objects/notes.ts";
import { PAYMENT_EXTRAS, paymentObject } from "../objects/payment.ts";
import { DELAY_ACTS } from "../objects/status.ts";
import { DAY, parseDuration } from "../times.ts";
import { checkTogether, CREATE_PAYMENT_BODY, feeOf, sourceOf, type CreatePaymentBody } from "./create-payment-body.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

const HOLD_DEFAULT = 7 * DAY;

export function createPayment(desk: Desk, options: { readonly currency: Currency; readonly creations: Creations }): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/payments",
    title: "Create payment",
    source: "Square's API reference: CreatePayment",
    returns: { object: "Payment", list: false },
    query: {},
    body: CREATE_PAYMENT_BODY,
    bodyIs: "required",
    check: (body, request) => checkTogether(body, { currency: options.currency, merchant: request.merchant }),
    async answer({ request, body }) {
      const { amount_money: amount, tip_money: tip, source_id: token, idempotency_key: key } = body;
      const total: Money = { ...amount, amount: amount.amount + (tip?.amount ?? 0n) };
      const processed = isProcessed(token) ? desk.processor.authorize(token, total) : null;
      if (isProcessed(token) && processed === null) return errorReply([squareError("NOT_FOUND", DETAIL.tokenUnknown, "source_id")]);
      const command: TakePayment = {
        kind: "take_payment",
        intent: false,
        money: total,
        tender: tenderOf(body),
        whose: NOBODY,
        fee: feeOf(body),
        hold: body.autocomplete === false ? { for: holdOf(body), act: DELAY_ACTS[body.delay_action ?? "CANCEL"] } : null,
        // A tip is only taken together with the whole (Square's documentation: partial payments with gift cards).
        takesPart: body.accept_partial_authorization === true && total.amount === amount.amount,
        reference: body.external_details?.source_id || null,
        notes: notesOf(body, processed?.risk ?? null),
        attemptNotes: NO_NOTES,
      };
      const work = desk.execute({
        merchant: request.merchant,
        requestId: request.requestId,
        command,
        claims: [makeClaim(CREATE_SCOPE, key, request.path, { amount, body })],
        extras: PAYMENT_EXTRAS,
        reply(result) {
          if ("conflict" in result) return errorReply([squareError("IDEMPOTENCY_KEY_REUSED", DETAIL.keyOfOtherPayment(key), "idempotency_key")]);
          return "refusal" in result ? refusalReply(result.refusal, "") : taken(result.done);
        },
      });
      const answer = await options.creations.track({ merchant: request.merchant, key }, work);
      return answer.reply;
    },
  });
}

/** A decline is in the book as a failed payment; to the caller it is an error. */
function taken(done: Done): Reply {
  const decline = done.attempt?.decline ?? null;
  return decline === null ? okReply({ payment: paymentObject(done) }) : errorReply([declineError(decline)]);
}

function tenderOf(body: CreatePaymentBody): Tender {
  switch (sourceOf(body.source_id)) {
    case "card":
    case "bank":
      return { by: "token", token: body.source_id, capture: body.autocomplete ?? true };
    case "cash":
      return { by: "report", instrument: { kind: "cash" }, outcome: "captured" };
    case "external": {
      const { type, source } = present(body.external_details, "the details of an external payment");
      return { by: "report", instrument: { kind: "external", label: source, type }, outcome: "captured" };
    }
  }
}

function isProcessed(token: string): boolean {
  const source = sourceOf(token);
  return source === "card" || source === "bank";
}

function holdOf({ delay_duration: span }: CreatePaymentBody): Millis {
  return parseDuration(span ?? "") ?? HOLD_DEFAULT;
}

function notesOf(body: CreatePaymentBody, risk: string | null): Notes {
  const card = sourceOf(body.source_id) === "card";
  const { app_fee_allocations: parts } = body;
  return makeNotes({
    tip: body.tip_money && body.tip_money.amount > 0n ? body.tip_money.amount : null,
    order_id: body.order_id,
    customer_id: body.customer_id,
    team_member_id: body.team_member_id,
    reference_id: body.reference_id,
    buyer_email_address: body.buyer_email_address,
    billing_address: body.billing_address,
    shipping_address: body.shipping_address,
    note: body.note,
    statement_description_identifier: body.statement_description_identifier,
    delay_duration: card ? holdOf(body) : null,
    delay_action: card ? (body.delay_action ?? "CANCEL") : null,
    risk,
    app_fee_allocations: parts && JSON.stringify(parts.map(({ location_id: location, amount_money: part }) => [location ?? "", String(part.amount)])),
    entry_method: body.source_id.startsWith("ccof:") ? "ON_FILE" : null,
    buyer_supplied: body.cash_details?.buyer_supplied_money.amount ?? null,
    source_fee: body.external_details?.source_fee_money?.amount ?? null,
  });
}
