/** Application fees and their refunds (Stripe's API reference: Application Fees, Application Fee Refunds). */
import { feesOf } from "../../../domain/connected.ts";
import type { AttemptId } from "../../../domain/id.ts";
import type { PaymentView, RefundView } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import type { Subject } from "../errors.ts";
import { attemptOfCharge, feeNamed, feeRefundNamed, receivedNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { amount } from "../money.ts";
import { applicationFee, feeRefund } from "../objects/application-fee.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { optional, text } from "../params.ts";
import { missing, type Problem } from "../problem.ts";
import { sideRefundCommand } from "./refund-params.ts";

const SOURCE = "Stripe's API reference: Application Fees";
const REFUNDS = "Stripe's API reference: Application Fee Refunds";
const FEE = { object: "application_fee", list: false } as const;
const FEE_REFUND = { object: "fee_refund", list: false } as const;
/** What a fee shows of its own refunds. */
const SHOWN = 10;

const retrieveFee = endpoint({
  method: "GET",
  path: "/v1/application_fees/:fee",
  title: "Retrieve an application fee",
  source: SOURCE,
  params: {},
  returns: FEE,
  async run(call) {
    const named = call.ids["fee"] ?? "";
    const found = await findFee(call, named);
    return found === null ? fail(call, noFee(named)) : show(call, applicationFee(found, call.look));
  },
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
      find: async (id) => (await findFee(call, id))?.payment.id ?? null,
      rows: async (page) => {
        // A fee has one attempt, which shares its id with that of the charge: so the list of one charge's fee is found by that.
        if (attempt === null) return call.desk.read.payments(feesOf(call.merchant), { page, intent: false }, withRefunds(call));
        const found = await call.desk.read.attempt(feesOf(call.merchant), attempt, withRefunds(call));
        return found !== null && page.after === null ? [found] : [];
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
  params: { amount: optional(amount("How much to refund, in minor units; all that is left unless told.")), metadata: optional(metadata) },
  returns: FEE_REFUND,
  async run(call, params) {
    const named = call.ids["fee"] ?? "";
    const id = feeNamed(named);
    if (id === null) return fail(call, noFee(named));
    return write(call, {
      book: feesOf(call.merchant),
      command: sideRefundCommand(id, { amount: params.amount, notes: newNotes(params.metadata, {}), withFee: false }),
      subject: subjectOf(named),
      encode: (done, look) => feeRefund(done, look),
    });
  },
});

const refundFee = endpoint({
  method: "POST",
  path: "/v1/application_fees/:fee/refund",
  title: "Refund an application fee, by its old address",
  source: REFUNDS,
  params: { amount: optional(amount("How much to refund, in minor units; all that is left unless told.")) },
  returns: FEE,
  async run(call, params) {
    const named = call.ids["fee"] ?? "";
    const id = feeNamed(named);
    if (id === null) return fail(call, noFee(named));
    return write({ ...call, extras: withRefunds(call) }, {
      book: feesOf(call.merchant),
      command: sideRefundCommand(id, { amount: params.amount, notes: {}, withFee: false }),
      subject: subjectOf(named),
      encode: (done, look) => applicationFee(done, look),
    });
  },
});

const listRefunds = endpoint({
  method: "GET",
  path: "/v1/application_fees/:fee/refunds",
  title: "List an application fee's refunds",
  source: REFUNDS,
  params: pageFields,
  returns: { object: "fee_refund", list: true },
  async run(call, params) {
    const named = call.ids["fee"] ?? "";
    const of = await findFee(call, named);
    if (of === null) return fail(call, noFee(named));
    return answerList<RefundView>(call, {
      cursors: params,
      span: undefined,
      what: "fee refund",
      find: async (id) => (await findRefund(call, of, id))?.refund.id ?? null,
      rows: (page) =>
        call.desk.read.refunds(feesOf(call.merchant), { page, paymentId: of.payment.id, attemptId: null, states: ["pending", "succeeded"], instruments: null, updated: null }, call.extras),
      encode: (row) => feeRefund(row, call.look),
    });
  },
});

const retrieveRefund = endpoint({
  method: "GET",
  path: "/v1/application_fees/:fee/refunds/:refund",
  title: "Retrieve an application fee's refund",
  source: REFUNDS,
  params: {},
  returns: FEE_REFUND,
  run: (call) => onRefund(call, (found) => show(call, feeRefund(found, call.look))),
});

const updateRefund = endpoint({
  method: "POST",
  path: "/v1/application_fees/:fee/refunds/:refund",
  title: "Update an application fee's refund",
  source: REFUNDS,
  params: { metadata: optional(metadata) },
  returns: FEE_REFUND,
  run: (call, params) =>
    onRefund(call, (found) => {
      if (params.metadata === undefined) return show(call, feeRefund(found, call.look));
      return write(call, {
        book: feesOf(call.merchant),
        command: { kind: "describe_refund", refund: found.refund.id, of: null, notes: metadataPatch(params.metadata) },
        subject: subjectOf(call.ids["fee"] ?? ""),
        encode: (done, look) => feeRefund(done, look),
      });
    }),
});

async function onRefund(call: Call, answer: (found: RefundView) => WireReply | Promise<WireReply>): Promise<WireReply> {
  const [fee, refund] = [call.ids["fee"] ?? "", call.ids["refund"] ?? ""];
  const of = await findFee(call, fee);
  if (of === null) return fail(call, noFee(fee));
  const found = await findRefund(call, of, refund);
  return found === null ? fail(call, missing("fee refund", refund, { param: "id" })) : answer(found);
}

function withRefunds(call: Call) {
  return { ...call.extras, refunds: SHOWN };
}

async function findFee(call: Call, named: string): Promise<PaymentView | null> {
  const id = feeNamed(named);
  return id === null ? null : call.desk.read.payment(feesOf(call.merchant), id, withRefunds(call));
}

async function findRefund(call: Call, { payment }: PaymentView, named: string): Promise<RefundView | null> {
  const id = feeRefundNamed(named);
  const found = id === null ? null : await call.desk.read.refund(feesOf(call.merchant), id, { ...withRefunds(call), attempts: true });
  return found?.payment.id === payment.id ? found : null;
}

function subjectOf(id: string): Subject {
  return { kind: "application fee", id, param: "id", amountParam: "amount" };
}

function noFee(id: string): Problem {
  return missing("application fee", id, { param: "id" });
}

export const applicationFeeEndpoints: readonly StripeEndpoint[] = [retrieveFee, listFees, refundFee, createRefund, listRefunds, retrieveRefund, updateRefund];
