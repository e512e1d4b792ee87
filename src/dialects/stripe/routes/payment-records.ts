/** Payment Records as they are read, and the report of a refund (Stripe's API reference: Payment Records and report a refund). */
import { sha256 } from "../../../base/hash.ts";
import type { PaymentView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import type { Subject } from "../errors.ts";
import { attemptOfRecord, paymentOfRecord } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { currencyCode, recordedAmount } from "../money.ts";
import { paymentAttemptRecord, paymentRecord } from "../objects/payment-record.ts";
import { answerList, forwardFields, pageFields, span } from "../pages.ts";
import { choice, hash, optional, required, since, text, timestamp } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { REFUNDED_OPTIONAL } from "../versions.ts";

export const SOURCE = "Stripe's API reference: Payment Records";
export const RECORD = { object: "payment_record", list: false } as const;

export const recordedMoney = (about: string) =>
  hash(about, { currency: required(currencyCode("ISO 4217, lower case.")), value: required(recordedAmount("Minor units, more than zero.")) });

/** It is a key of the book, and the index of a key has room for so many characters in every script. */
const REFERENCE_MAX = 500;
const reportRefund = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_refund",
  title: "Report a refund",
  source: "Stripe's API reference: report a refund",
  params: {
    outcome: required(choice("How it ended.", ["refunded"])),
    processor_details: required(
      hash("Who made the refund.", {
        type: required(choice("A processor outside Stripe.", ["custom"])),
        custom: required(hash("Details of it.", { refund_reference: required(text("The refund's own id there: unique across all refunds.", REFERENCE_MAX)) })),
      }),
    ),
    refunded: optional(since(REFUNDED_OPTIONAL, hash("When it was done: required before the version named here.", { refunded_at: required(timestamp("When the refund completed.")) }))),
    amount: optional(recordedMoney("How much: all that is left unless told.")),
    initiated_at: optional(timestamp("When the refund was started.")),
    metadata: optional(metadata),
  },
  returns: RECORD,
  async run(call, params) {
    if (params.refunded === undefined && call.version < REFUNDED_OPTIONAL) {
      return fail(call, invalid("Missing required param: refunded.", { code: "parameter_missing", param: "refunded" }));
    }
    const named = call.ids["id"] ?? "";
    const id = paymentOfRecord(named);
    if (id === null) return fail(call, noRecord(named));
    const { amount, refunded, initiated_at: initiatedAt } = params;
    const reference = params.processor_details.custom.refund_reference;
    const facts = [named, amount?.value, amount?.currency, refunded?.refunded_at, initiatedAt, params.metadata?.clear].map(String);
    const said = JSON.stringify([...facts, [...(params.metadata?.set ?? [])].toSorted(byKey)]);
    return write(call, {
      command: {
        kind: "refund_payment",
        target: { by: "payment", id, as: "any" },
        within: null,
        money: amount === undefined ? null : { amount: amount.value, currency: amount.currency },
        fee: { kind: "none" },
        channel: "reported",
        reference,
        release: false,
        askAt: null,
        expectedVersion: null,
        refundsMax: null,
        ageMax: null,
        notes: newNotes(params.metadata, {
          "stripe:refunded_at": refunded === undefined ? null : String(refunded.refunded_at),
          "stripe:initiated_at": initiatedAt === undefined ? null : String(initiatedAt),
        }),
        paymentNotes: metadataPatch(params.metadata),
      },
      // A workflow engine retries without an idempotency key: the reference itself makes the second call the first.
      claims: [{ scope: "stripe:refund_reference", key: reference, path: call.path, fingerprint: sha256(said), binds: "when_done" }],
      subject: subjectOf(named),
      encode: (done, look) => paymentRecord(done, look),
    });
  },
});

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

const retrieveRecord = endpoint({
  method: "GET",
  path: "/v1/payment_records/:id",
  title: "Retrieve a Payment Record",
  source: SOURCE,
  params: {},
  returns: RECORD,
  async run(call) {
    const named = call.ids["id"] ?? "";
    const found = await findRecord(call, named);
    return found === null ? fail(call, noRecord(named)) : show(call, paymentRecord(found, call.look));
  },
});

const listRecords = endpoint({
  method: "GET",
  path: "/v1/payment_records",
  title: "List Payment Records",
  source: SOURCE,
  params: {
    created_after: optional(timestamp("Only those created later.")),
    created_before: optional(timestamp("Only those created earlier.")),
    ...pageFields,
  },
  returns: { object: "payment_record", list: true },
  run: (call, params) =>
    answerList<PaymentView>(call, {
      cursors: params,
      span: span({ gt: params.created_after, gte: undefined, lt: params.created_before, lte: undefined }),
      what: "payment_record",
      find: async (id) => (await findRecord(call, id))?.payment.id ?? null,
      rows: (page) => call.desk.read.payments(call.merchant, { page, intent: false }, call.extras),
      encode: (row) => paymentRecord(row, call.look),
    }),
});

const retrieveAttempt = endpoint({
  method: "GET",
  path: "/v1/payment_attempt_records/:id",
  title: "Retrieve a Payment Attempt Record",
  source: SOURCE,
  params: {},
  returns: { object: "payment_attempt_record", list: false },
  async run(call) {
    const named = call.ids["id"] ?? "";
    const id = attemptOfRecord(named);
    const found = id === null ? null : await call.desk.read.attempt(call.merchant, id, call.extras);
    return found === null ? fail(call, missing("payment_attempt_record", named, { param: "id" })) : show(call, paymentAttemptRecord(found, call.look));
  },
});

const listAttempts = endpoint({
  method: "GET",
  path: "/v1/payment_attempt_records",
  title: "List Payment Attempt Records",
  source: SOURCE,
  params: { payment_record: required(text("Whose attempts.")), ...forwardFields },
  returns: { object: "payment_attempt_record", list: true },
  async run(call, params) {
    const record = await findRecord(call, params.payment_record);
    if (record === null) return fail(call, missing("payment_record", params.payment_record, { param: "payment_record", status: 400 }));
    const { merchant, extras, look, desk } = call;
    return answerList<PaymentView>(call, {
      cursors: params,
      span: undefined,
      what: "payment_attempt_record",
      find: async (named) => {
        const id = attemptOfRecord(named);
        return id === null ? null : ((await desk.read.attempt(merchant, id, extras))?.attempt?.id ?? null);
      },
      rows: (page) => desk.read.attempts(merchant, { page, paymentId: record.payment.id, processed: false }, extras),
      encode: (row) => paymentAttemptRecord(row, look),
    });
  },
});

async function findRecord(call: Call, named: string): Promise<PaymentView | null> {
  const id = paymentOfRecord(named);
  return id === null ? null : call.desk.read.payment(call.merchant, id, call.extras);
}

export function subjectOf(id: string): Subject {
  return { kind: "payment_record", id, param: "id", amountParam: "amount[value]" };
}

export function noRecord(id: string): Problem {
  return missing("payment_record", id, { param: "id" });
}

export const recordEndpoints: readonly StripeEndpoint[] = [retrieveRecord, listRecords, reportRefund, retrieveAttempt, listAttempts];
