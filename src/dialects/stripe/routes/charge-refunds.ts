/** A charge's own refunds, by the older addresses that still answer (Stripe's API reference: refunds of a charge). */
import type { PaymentView, RefundView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { attemptOfCharge } from "../ids.ts";
import { refundObject } from "../objects/refund.ts";
import { answerList, pageFields } from "../pages.ts";
import { unsupported } from "../params.ts";
import { missing, type Problem } from "../problem.ts";
import { describe, updateFields } from "./refund-life.ts";
import { refundCommand, refundFields } from "./refund-params.ts";
import { aim, findRefund } from "./refunds.ts";

const SOURCE = "Stripe's API reference: refunds of a charge";
const PATH = "/v1/charges/:charge/refunds";
const NO_CASH = unsupported("A customer's cash is refunded at `/v1/refunds`.");
const RETURNS = { object: "refund", list: false } as const;

const createRefund = endpoint({
  method: "POST",
  path: PATH,
  title: "Create a refund of a charge",
  source: SOURCE,
  params: { ...refundFields, currency: NO_CASH, customer: NO_CASH, origin: NO_CASH },
  returns: RETURNS,
  async run(call, params) {
    const aimed = aim({ charge: call.ids["charge"] ?? "", payment_intent: params.payment_intent });
    if ("message" in aimed) return fail(call, aimed);
    return write(call, { command: refundCommand(params, aimed), subject: aimed.subject, encode: (done, look) => refundObject(done, look) });
  },
});

const listRefunds = endpoint({
  method: "GET",
  path: PATH,
  title: "List a charge's refunds",
  source: SOURCE,
  params: pageFields,
  returns: { object: "refund", list: true },
  async run(call, params) {
    const of = await findCharge(call);
    if ("message" in of) return fail(call, of);
    return answerList<RefundView>(call, {
      cursors: params,
      span: undefined,
      what: "refund",
      find: async (cursor) => (await refundOf(call, of, cursor))?.refund.id ?? null,
      rows: (page) => {
        const attemptId = of.attempt?.id ?? null;
        return call.desk.read.refunds(call.merchant, { page, paymentId: of.payment.id, attemptId, states: null, instruments: null, updated: null }, call.extras);
      },
      encode: (row) => refundObject(row, call.look),
    });
  },
});

const retrieveRefund = endpoint({
  method: "GET",
  path: `${PATH}/:refund`,
  title: "Retrieve a charge's refund",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  async run(call) {
    const of = await findCharge(call);
    if ("message" in of) return fail(call, of);
    const named = call.ids["refund"] ?? "";
    const found = await refundOf(call, of, named);
    return found === null ? fail(call, missing("refund", named, { param: "refund" })) : show(call, refundObject(found, call.look));
  },
});

const updateRefund = endpoint({
  method: "POST",
  path: `${PATH}/:refund`,
  title: "Update a charge's refund",
  source: SOURCE,
  params: updateFields,
  returns: RETURNS,
  async run(call, params) {
    const on = await findCharge(call);
    if ("message" in on) return fail(call, on);
    return describe(call, params.metadata, on.attempt?.id ?? null);
  },
});

/** The charge that the path names. */
async function findCharge(call: Call): Promise<PaymentView | Problem> {
  const named = call.ids["charge"] ?? "";
  const id = attemptOfCharge(named);
  const found = id === null ? null : await call.desk.read.attempt(call.merchant, id, call.extras);
  return found?.payment.origin === "processed" ? found : noCharge(named);
}

async function refundOf(call: Call, { attempt }: PaymentView, named: string): Promise<RefundView | null> {
  const found = await findRefund(call, named);
  return found !== null && found.refund.attemptId === attempt?.id ? found : null;
}

function noCharge(named: string): Problem {
  return missing("charge", named, { param: "id" });
}

export const chargeRefundEndpoints: readonly StripeEndpoint[] = [createRefund, listRefunds, retrieveRefund, updateRefund];
