/** RefundPayment (Square's API reference: RefundPayment and refunding payments): money back on a payment, once per key. */
import type { FeeReturn, RefundPayment } from "../../../domain/command.ts";
import type { Money } from "../../../domain/money.ts";
import { NO_EXTRAS } from "../../../engine/views.ts";
import type { Result } from "../../../engine/job.ts";
import { present } from "../../../base/assert.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, refusalReply, squareError, type SquareError } from "../errors.ts";
import { amountsDiffer, makeClaim } from "../idempotency.ts";
import { paymentNamed, versionOf } from "../ids.ts";
import { makeNotes } from "../objects/notes.ts";
import { refundObject } from "../objects/refund.ts";
import { EXTERNAL_TYPES } from "../objects/source.ts";
import { boolean, money, nullable, object, oneOf, string, text, unsupported, type Values } from "../params.ts";
import { DAY } from "../times.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

/** Square refuses the refund after these (Square's API reference: refunding payments). */
const REFUNDS_MAX = 20;
const AGE_MAX = 365 * DAY;

const BODY = {
  idempotency_key: string("Names this refund: the same key never refunds twice.", { max: 45 }),
  amount_money: money("How much goes back, at most what is left of the payment's total.", 1n),
  app_fee_money: nullable(money("What of the application's fee goes back; its share when left out.", 0n)),
  app_fee_allocations: unsupported("array", "The fee by contributing party.", "A fee went to the one application here."),
  payment_id: text("The payment to refund.", { max: 192, nullable: true }),
  destination_id: text("Another destination than the original source.", { nullable: true }),
  unlinked: nullable(boolean("Whether the refund belongs to no payment.")),
  location_id: text("The location of an unlinked refund.", { max: 50, nullable: true }),
  customer_id: text("The customer of an unlinked refund.", { nullable: true }),
  reason: text("Why, for people.", { max: 192, nullable: true }),
  payment_version_token: text("Nothing is done if the payment is at another version.", { nullable: true }),
  team_member_id: text("Who made the refund.", { max: 192, nullable: true }),
  cash_details: nullable(
    object("How an unlinked cash refund was paid out.", { seller_supplied_money: money("What the seller gave.", 1n) }),
  ),
  external_details: nullable(
    object("How an unlinked external refund was paid out.", {
      type: oneOf(EXTERNAL_TYPES, "The means."),
      source: string("Where the money came from.", { max: 255 }),
      source_id: text("Its id there.", { max: 255, nullable: true }),
    }),
  ),
};

type Body = Values<typeof BODY>;

const ONLY_UNLINKED = ["location_id", "customer_id", "cash_details", "external_details"] as const;

export function refundPayment(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/refunds",
    title: "Refund payment",
    source: "Square's API reference: RefundPayment",
    returns: { object: "PaymentRefund", list: false },
    query: {},
    body: BODY,
    bodyIs: "required",
    check: checkTogether,
    async answer({ request, body }) {
      if (body.unlinked === true) return errorReply([squareError("BAD_REQUEST", DETAIL.unlinked)]);
      const asked = present(body.payment_id, "the payment's id");
      const id = paymentNamed(asked);
      const token = body.payment_version_token;
      const command: RefundPayment = {
        kind: "refund_payment",
        target: { by: "payment", id, as: "any" },
        within: null,
        money: body.amount_money,
        fee: feeReturn(body.app_fee_money),
        channel: "executed",
        reference: null,
        release: false,
        askAt: null,
        expectedVersion: token === null ? null : versionOf(id, token),
        refundsMax: REFUNDS_MAX,
        ageMax: AGE_MAX,
        notes: makeNotes({ reason: body.reason, team_member_id: body.team_member_id }),
        paymentNotes: {},
      };
      const { amount_money: amount, idempotency_key: key } = body;
      const answer = await desk.execute({
        merchant: request.merchant,
        requestId: request.requestId,
        command,
        claims: [makeClaim("square:refund", key, request.path, { amount, body })],
        extras: NO_EXTRAS,
        reply(result) {
          if ("conflict" in result) return errorReply([keyReused(result.conflict)]);
          if ("refusal" in result) return refusalReply(result.refusal, asked);
          return okReply({ refund: refundObject(present(result.done.refund, "the refund that was made")) });
        },
      });
      return answer.reply;
    },
  });
}

/** No fee named: the kernel's share. A fee of zero is named, and returns none. */
function feeReturn(fee: Money | null): FeeReturn {
  return fee === null ? { kind: "share" } : { kind: "exact", amount: fee.amount };
}

function checkTogether(body: Partial<Body>): SquareError[] {
  if (body.unlinked === true) return [];
  const errors: SquareError[] = [];
  const { amount_money: amount, app_fee_money: fee } = body;
  if (amount && fee && amount.currency !== fee.currency) {
    errors.push(squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(amount.currency, fee.currency), "app_fee_money.currency"));
  }
  if (body.payment_id === null || body.payment_id?.trim() === "") errors.push(squareError("VALUE_EMPTY", DETAIL.blank, "payment_id"));
  if (body.destination_id) errors.push(squareError("BAD_REQUEST", DETAIL.elsewhere, "destination_id"));
  for (const name of ONLY_UNLINKED) {
    if (body[name]) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.linkedOnly(name), name));
  }
  return errors;
}

function keyReused({ claim, first }: Extract<Result, { conflict: unknown }>["conflict"]): SquareError {
  const other = amountsDiffer(claim.fingerprint, first.fingerprint);
  return squareError("IDEMPOTENCY_KEY_REUSED", other ? DETAIL.keyOfOtherAmount : DETAIL.keyOfOtherRequest, "idempotency_key");
}
