/** UpdatePayment (Square's API reference: UpdatePayment): other terms of a payment that is approved and not completed. */
import type { AdjustPayment } from "../../../domain/command.ts";
import type { Currency } from "../../../domain/currency.ts";
import { AMOUNT_MAX } from "../../../domain/money.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError, wordRefusal, type SquareError } from "../errors.ts";
import { makeClaim } from "../idempotency.ts";
import { paymentNamed, versionOf } from "../ids.ts";
import { NOTE_PREFIX } from "../objects/notes.ts";
import { PAYMENT_EXTRAS, paymentObject } from "../objects/payment.ts";
import { DELAY_ACTS } from "../objects/status.ts";
import { money, nullable, object, oneOf, string, text, type Values } from "../params.ts";
import { FEE_PERCENT_MAX } from "./create-payment-body.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

const bodyIn = (own: Currency) => ({
  payment: object("What is to change of it. What is left out stays as it is, and so does all else that a payment has.", {
    amount_money: nullable(money("What is to be captured, without the tip.", 1n, own)),
    tip_money: nullable(money("The tip, on top of the amount.", 0n, own)),
    app_fee_money: nullable(money("The application's fee, at most 90 % of the total.", 0n, own)),
    delay_action: nullable(oneOf(["CANCEL", "COMPLETE"], "What becomes of it when its time is over.")),
    version_token: text("Nothing is done if the payment is at another version.", { nullable: true }),
  }),
  idempotency_key: string("Names this update: the same key never changes anything twice.", { max: 45 }),
});

type Body = Values<ReturnType<typeof bodyIn>>;

export function updatePayment(desk: Desk, options: { readonly currency: Currency }): Endpoint {
  return makeEndpoint({
    method: "PUT",
    path: "/v2/payments/:payment_id",
    title: "Update payment",
    source: "Square's API reference: UpdatePayment",
    returns: { object: "Payment", list: false },
    pathParameter: "The payment's id.",
    query: {},
    body: bodyIn(options.currency),
    bodyIs: "required",
    check: checkTotal,
    async answer({ request, id, body }) {
      const { idempotency_key: key } = body;
      const answer = await desk.execute({
        merchant: request.merchant,
        requestId: request.requestId,
        command: commandOf(id, body),
        claims: [makeClaim("square:update_payment", key, request.path, { amount: null, body })],
        extras: PAYMENT_EXTRAS,
        reply(result) {
          if ("conflict" in result) return errorReply([squareError("IDEMPOTENCY_KEY_REUSED", DETAIL.keyOfOtherPayment(key), "idempotency_key")]);
          return "refusal" in result ? errorReply([within(wordRefusal(result.refusal, id), body)]) : okReply({ payment: paymentObject(result.done) });
        },
      });
      return answer.reply;
    },
  });
}

function commandOf(id: string, { payment }: Body): AdjustPayment {
  const named = paymentNamed(id);
  const { amount_money: amount, tip_money: tip, app_fee_money: fee, delay_action: action, version_token: token } = payment;
  return {
    kind: "adjust_payment",
    target: { by: "payment", id: named, as: "any" },
    amount: amount?.amount ?? null,
    tip: tip?.amount ?? null,
    tipNote: `${NOTE_PREFIX}tip`,
    currency: (amount ?? tip ?? fee)?.currency ?? null,
    fee: fee?.amount ?? null,
    feePercentMax: FEE_PERCENT_MAX,
    act: action === null ? null : DELAY_ACTS[action],
    notes: {
      set: {
        ...(action === null ? {} : { [`${NOTE_PREFIX}delay_action`]: action }),
        // Whose parts they were is not known of another fee.
        ...(fee === null ? {} : { [`${NOTE_PREFIX}app_fee_allocations`]: null }),
      },
    },
    expectedVersion: token === null ? null : versionOf(named, token),
  };
}

const MONEY_FIELDS = ["amount_money", "tip_money", "app_fee_money"] as const;

/** The wire can carry the total. */
function checkTotal({ payment }: Partial<Body>): SquareError[] {
  const { amount_money: amount = null, tip_money: tip = null } = payment ?? {};
  if (amount === null || tip === null || amount.amount + tip.amount <= AMOUNT_MAX) return [];
  return [squareError("VALUE_TOO_HIGH", DETAIL.tooHigh(AMOUNT_MAX - amount.amount), "payment.tip_money.amount")];
}

/** What is wrong with the payment's money stands in the payment here; a currency that is not the payment's own, where it was said first. */
function within(error: SquareError, { payment }: Body): SquareError {
  const { field } = error;
  if (field === null || !MONEY_FIELDS.some((name) => field.startsWith(name))) return error;
  const said = MONEY_FIELDS.find((name) => payment[name] !== null);
  return { ...error, field: field.endsWith(".currency") && said !== undefined ? `payment.${said}.currency` : `payment.${field}` };
}
