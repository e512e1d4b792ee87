/** Application fees and their refunds (Stripe's API reference: Application Fees, Application Fee Refunds). */
import { feesOf } from "../../../domain/connected.ts";
import type { AttemptId } from "../../../domain/id.ts";
import { idRange } from "../../../engine/id-range.ts";
import type { PaymentView } from "../../../engine/views.ts";
import { fail, show } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { attemptOfCharge, feeNamed, feeRefundNamed, receivedNamed } from "../ids.ts";
import { metadata } from "../metadata.ts";
import { amount } from "../money.ts";
import { applicationFee, feeRefund } from "../objects/application-fee.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { optional, text } from "../params.ts";
import { missing } from "../problem.ts";
import { findIn, giveBack, on, sideRefundEndpoints, withRefunds, type SideBook } from "./side-refunds.ts";

const SOURCE = "Stripe's API reference: Application Fees";
const REFUNDS = "Stripe's API reference: Application Fee Refunds";
const FEE = { object: "application_fee", list: false } as const;
const FEES: SideBook = { what: "application fee", parameter: "fee", book: feesOf, named: feeNamed };
const refundAmount = optional(amount("How much to refund, in minor units; all that is left unless told."));

const retrieveFee = endpoint({
  method: "GET",
  path: "/v1/application_fees/:fee",
  title: "Retrieve an application fee",
  source: SOURCE,
  params: {},
  returns: FEE,
  run: (call) => on(FEES, call, async (found) => show(call, applicationFee(found, call.look))),
});

const listFees = endpoint({
  method: "GET",
  path: "/v1/application_fees",
  title: "List application fees",
  source: SOURCE,
  params: { charge: optional(text("Only the fee of this charge.")), created: createdField, ...pageFields },
  returns: { object: "application_fee", list: true },
  async run(call, params) {
    const attempt = params.charge === undefined ? null : attemptNamed(params.charge);
    if (params.charge !== undefined && attempt === null) return fail(call, missing("charge", params.charge, { param: "charge", status: 400 }));
    return answerList<PaymentView>(call, {
      cursors: params,
      span: params.created,
      what: "application fee",
      find: async (id) => (await findIn(FEES, call, id))?.payment.id ?? null,
      rows: async (page) => {
        // A fee has one attempt, which shares its id with that of the charge: so the list of one charge's fee is found by that.
        if (attempt === null) return call.desk.read.payments(feesOf(call.merchant), { page, intent: false }, withRefunds(call));
        const found = await call.desk.read.attempt(feesOf(call.merchant), attempt, withRefunds(call));
        const { lower, upper } = idRange(page);
        return found !== null && found.payment.id > lower && found.payment.id < upper ? [found] : [];
      },
      encode: (row) => applicationFee(row, call.look),
    });
  },
});

/** The charge's attempt; what was received by transfer was tried once, under its own id. */
function attemptNamed(charge: string): AttemptId | null {
  const received = receivedNamed(charge);
  return attemptOfCharge(received === null ? charge : `ch_${received}`);
}

const createRefund = endpoint({
  method: "POST",
  path: "/v1/application_fees/:fee/refunds",
  title: "Refund an application fee",
  source: REFUNDS,
  params: { amount: refundAmount, metadata: optional(metadata) },
  returns: { object: "fee_refund", list: false },
  run: (call, params) => giveBack(FEES, call, { ...params, encode: feeRefund }),
});

const refundFee = endpoint({
  method: "POST",
  path: "/v1/application_fees/:fee/refund",
  title: "Refund an application fee, by its old address",
  source: REFUNDS,
  params: { amount: refundAmount },
  returns: FEE,
  run: (call, params) => giveBack(FEES, { ...call, extras: withRefunds(call) }, { ...params, encode: applicationFee }),
});

const refunds = sideRefundEndpoints({
  of: FEES,
  source: REFUNDS,
  path: "/v1/application_fees/:fee/refunds",
  parameter: "refund",
  what: "fee refund",
  object: "fee_refund",
  titles: { list: "List an application fee's refunds", retrieve: "Retrieve an application fee's refund", update: "Update an application fee's refund" },
  named: feeRefundNamed,
  encode: feeRefund,
});

export const applicationFeeEndpoints: readonly StripeEndpoint[] = [retrieveFee, listFees, refundFee, createRefund, ...refunds];
