/** Refunds: `POST /v1/refunds` and its old form `POST /v1/charges/{charge}/refund`, retrieve and list (Stripe's API reference: Refunds). */
import { cashOf, receivedOf } from "../../../domain/connected.ts";
import type { PaymentId, RefundId } from "../../../domain/id.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Page, PaymentView, RefundView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import type { Subject } from "../errors.ts";
import { attemptOfCharge, cashRefundNamed, paymentOfIntent, receivedNamed, receivedRefundNamed, refundNamed } from "../ids.ts";
import { charge } from "../objects/charge.ts";
import { refundObject } from "../objects/refund.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { optional, text } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { mergePages } from "./books.ts";
import { cashFields, namesCash, refundCash } from "./cash-refund.ts";
import { refundCommand, refundFields } from "./refund-params.ts";
import type { Target } from "../../../domain/command.ts";

const SOURCE = "Stripe's API reference: Refunds";
const AMOUNT = "amount";

/** The charge's target, and the intent it must belong to where that was named too. */
type Aim = { readonly target: Target; readonly within: PaymentId | null; readonly subject: Subject };

/** A charge by its id. Where one stands in a body or a path, Stripe says that `id` is wrong. */
function aimAtCharge(id: string, within: PaymentId | null): Aim | Problem {
  const attempt = attemptOfCharge(id);
  if (attempt === null) return missing("charge", id, { param: "id" });
  return {
    target: { by: "attempt", id: attempt, as: "processed" },
    within,
    subject: { kind: "charge", id, param: "id", amountParam: AMOUNT },
  };
}

function aimAtIntent(id: string, payment: PaymentId): Aim {
  return {
    target: { by: "payment", id: payment, as: "intent" },
    within: null,
    subject: { kind: "payment_intent", id, param: "payment_intent", amountParam: AMOUNT },
  };
}

export function aim(named: { readonly charge: string | undefined; readonly payment_intent: string | undefined }): Aim | Problem {
  const { charge: chargeNamed, payment_intent: intentNamed } = named;
  const intent = intentNamed === undefined ? null : paymentOfIntent(intentNamed);
  if (intentNamed !== undefined && intent === null) return missing("payment_intent", intentNamed, { param: "payment_intent" });
  if (chargeNamed !== undefined) return aimAtCharge(chargeNamed, intent);
  if (intentNamed !== undefined && intent !== null) return aimAtIntent(intentNamed, intent);
  return invalid("One of the following params should be provided for this request: payment_intent or charge.");
}

const createRefund = endpoint({
  method: "POST",
  path: "/v1/refunds",
  title: "Create a refund",
  source: SOURCE,
  params: {
    ...refundFields,
    charge: optional(text("The charge to refund.")),
    ...cashFields,
  },
  returns: { object: "refund", list: false },
  async run(call, params) {
    if (namesCash(params)) return refundCash(call, params);
    const aimed = aim(params);
    if ("message" in aimed) return fail(call, aimed);
    return write(call, {
      command: refundCommand(params, aimed),
      subject: aimed.subject,
      encode: (done, look) => refundObject(done, look),
    });
  },
});

const refundCharge = endpoint({
  method: "POST",
  path: "/v1/charges/:charge/refund",
  title: "Refund a charge",
  source: "Stripe's API reference: refund a charge",
  params: refundFields,
  returns: { object: "charge", list: false },
  async run(call, params) {
    const aimed = aim({ charge: call.ids["charge"] ?? "", payment_intent: params.payment_intent });
    if ("message" in aimed) return fail(call, aimed);
    return write(call, {
      command: refundCommand(params, aimed),
      subject: aimed.subject,
      encode: (done, look) => charge(done, look),
    });
  },
});

const retrieveRefund = endpoint({
  method: "GET",
  path: "/v1/refunds/:refund",
  title: "Retrieve a refund",
  source: SOURCE,
  params: {},
  returns: { object: "refund", list: false },
  async run(call) {
    const named = call.ids["refund"] ?? "";
    const found = await findRefund(call, named);
    return found === null ? fail(call, missing("refund", named, { param: "refund" })) : show(call, refundObject(found, call.look));
  },
});

const listRefunds = endpoint({
  method: "GET",
  path: "/v1/refunds",
  title: "List refunds",
  source: SOURCE,
  params: {
    charge: optional(text("Only refunds of this charge.")),
    payment_intent: optional(text("Only refunds of this PaymentIntent.")),
    created: createdField,
    ...pageFields,
  },
  returns: { object: "refund", list: true },
  async run(call, params) {
    const of = await findFilter(call, params);
    if (of !== null && "message" in of) return fail(call, of);
    const byCharge = params.charge !== undefined;
    const listIn = (merchant: MerchantId) => (page: Page) =>
      call.desk.read.refunds(
        merchant,
        { page, paymentId: of?.payment.id ?? null, attemptId: byCharge ? (of?.attempt?.id ?? null) : null, states: null, instruments: null, updated: null },
        call.extras,
      );
    return answerList<RefundView>(call, {
      cursors: params,
      span: params.created,
      what: "refund",
      find: async (id) => (await findRefund(call, id))?.refund.id ?? null,
      rows(page) {
        if (of !== null) return listIn(of.payment.merchant)(page);
        // What went back of customers' cash is among them, and with an account what went back to the platform.
        const books = [call.merchant, cashOf(call.merchant), ...(call.account === null ? [] : [receivedOf(call.merchant)])];
        return mergePages(page, books.map(listIn), ({ refund }) => refund.id);
      },
      encode: (row) => refundObject(row, call.look),
      // The filter by charge alone answers with how many there are.
      ...(byCharge && of && params.created === undefined ? { more: { count: refundsOfCharge(of) } } : {}),
    });
  },
});

export async function findRefund(call: Call, named: string): Promise<RefundView | null> {
  const received = receivedRefundNamed(named);
  if (received !== null) return call.desk.read.refund(receivedOf(call.merchant), received, call.extras);
  const place = placeOfRefund(call, named);
  return place === null ? null : call.desk.read.refund(place.book, place.id, call.extras);
}

/** In which of the merchant's books a refund stands that can be changed, which its id tells. */
export function placeOfRefund({ merchant }: Pick<Call, "merchant">, named: string): { readonly book: MerchantId; readonly id: RefundId } | null {
  const [own, cash] = [refundNamed(named), cashRefundNamed(named)];
  if (own !== null) return { book: merchant, id: own };
  return cash === null ? null : { book: cashOf(merchant), id: cash };
}

function refundsOfCharge({ payment, attempt }: PaymentView): number {
  const mine = attempt !== null && attempt.state !== "failed" && attempt.state !== "initiated";
  return mine ? payment.refunds : 0;
}

/** The payment that the filters name, null where none was named, or what is wrong with them. */
export async function findFilter(call: Call, named: { readonly charge: string | undefined; readonly payment_intent: string | undefined }): Promise<PaymentView | Problem | null> {
  const { read } = call.desk;
  const received = named.charge === undefined ? null : receivedNamed(named.charge);
  if (received !== null && named.charge !== undefined) {
    const found = await read.payment(receivedOf(call.merchant), received, call.extras);
    return found ?? missing("charge", named.charge, { param: "charge", status: 400 });
  }
  if (named.charge !== undefined) {
    const id = attemptOfCharge(named.charge);
    const found = id === null ? null : await read.attempt(call.merchant, id, call.extras);
    if (found === null || found.payment.origin !== "processed") return missing("charge", named.charge, { param: "charge", status: 400 });
    const within = named.payment_intent === undefined ? found.payment.id : paymentOfIntent(named.payment_intent);
    if (within === found.payment.id) return found;
  }
  if (named.payment_intent === undefined) return null;
  const id = paymentOfIntent(named.payment_intent);
  const found = id === null ? null : await read.payment(call.merchant, id, call.extras);
  if (!found?.payment.intent) return missing("payment_intent", named.payment_intent, { param: "payment_intent", status: 400 });
  return named.charge === undefined ? found : invalid("The charge does not belong to the PaymentIntent that you named.", { param: "charge" });
}

export const refundEndpoints: readonly StripeEndpoint[] = [createRefund, refundCharge, retrieveRefund, listRefunds];
