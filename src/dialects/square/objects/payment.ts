/** The Payment object (Square's API reference: the Payment object): every payment of the book, whichever dialect it came in by. */
import { parseJson } from "../../../base/json.ts";
import type { InstrumentKind } from "../../../domain/instrument.ts";
import { moneyOf, type Attempt, type Payment } from "../../../domain/payment.ts";
import { notesUnder } from "../../../domain/notes.ts";
import type { Extras, PaymentView } from "../../../engine/views.ts";
import { locationOf, orderOf, versionToken } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireDuration, wireTime } from "../times.ts";
import { NOTE_PREFIX, readAddress, readNumber, readAmount } from "./notes.ts";
import { wireMoney } from "./money.ts";
import { bankDetails, cardDetails, cashDetails, externalDetails } from "./source.ts";
import { delayAction, paymentStatus, sourceType } from "./status.ts";

/** So many of a payment's refunds are named by it, the newest. */
const REFUND_IDS_MAX = 100;

export const PAYMENT_EXTRAS: Extras = { refunds: REFUND_IDS_MAX, entries: false, attempts: false };

type PaymentAnswer = Answer<"Payment">;

/** Square takes a payment whole: the total is what was captured, and before that what is to be. */
export function totalOf({ captured, toCapture, requested }: Payment): bigint {
  return captured > 0n ? captured : (toCapture ?? requested);
}

/** What may still be changed. A gift card gives no more than there was on it, and an intent is not authorized anew. */
function capabilities(payment: Payment, attempt: Attempt | null): PaymentAnswer["capabilities"] {
  if (payment.state !== "authorized") return undefined;
  const isCard = !payment.intent && attempt?.instrument.kind === "card" && attempt.instrument.brand !== "gift";
  const up = isCard || totalOf(payment) < payment.authorized;
  return [...(up ? (["EDIT_AMOUNT_UP"] as const) : []), "EDIT_AMOUNT_DOWN", ...(up ? (["EDIT_TIP_AMOUNT_UP"] as const) : []), "EDIT_TIP_AMOUNT_DOWN", ...(payment.deadline === null ? [] : (["EDIT_DELAY_ACTION"] as const))];
}

const RISK_LEVELS: Readonly<Record<string, "MODERATE" | "HIGH">> = { moderate: "MODERATE", high: "HIGH" };

/** Only what a card is charged for is thought of so. */
function riskEvaluation({ createdAt }: Payment, attempt: Attempt | null, risk: string | undefined): PaymentAnswer["risk_evaluation"] {
  if (attempt?.instrument.kind !== "card" || !attempt.processed) return undefined;
  return { created_at: wireTime(createdAt), risk_level: RISK_LEVELS[risk ?? ""] ?? "NORMAL" };
}

/** As they were told: each party's location, where one was named, and its part. */
function allocations(payment: Payment, note: string | undefined): PaymentAnswer["app_fee_allocations"] {
  const parsed = note === undefined ? null : parseJson(note)?.value;
  if (!Array.isArray(parsed)) return undefined;
  return parsed.map((part: unknown) => {
    const [location, amount]: unknown[] = Array.isArray(part) ? part : [];
    const named = typeof location === "string" && location !== "" ? { location_id: location } : {};
    return { ...named, amount_money: wireMoney(moneyOf(payment, BigInt(typeof amount === "string" ? amount : 0))) };
  });
}

/** The order that its maker named, or else the one that follows from it. */
export function orderIdOf(payment: Payment): string {
  return notesUnder(payment.notes, NOTE_PREFIX)["order_id"] ?? orderOf(payment.id);
}

export function paymentObject({ payment, attempt, refunds }: PaymentView): PaymentAnswer {
  const notes = notesUnder(payment.notes, NOTE_PREFIX);
  const total = totalOf(payment);
  const noted = readAmount(notes["tip"]);
  // A capture made elsewhere may have taken less than the tip alone.
  const tip = noted < total ? noted : total;
  const wire = (amount: bigint) => wireMoney(moneyOf(payment, amount));
  const status = paymentStatus(payment.state);
  const givenBack = payment.refunded + payment.pending;
  return {
    id: payment.id,
    created_at: wireTime(payment.createdAt),
    updated_at: wireTime(payment.updatedAt),
    amount_money: wire(total - tip),
    tip_money: tip > 0n ? wire(tip) : undefined,
    total_money: wire(total),
    app_fee_money: payment.feeTaken > 0n ? wire(payment.feeTaken) : undefined,
    app_fee_allocations: payment.feeTaken > 0n ? allocations(payment, notes["app_fee_allocations"]) : undefined,
    approved_money: payment.authorized > 0n ? wire(payment.authorized) : undefined,
    refunded_money: givenBack > 0n ? wire(givenBack) : undefined,
    status,
    ...delay(payment, attempt, notes),
    ...source(payment, attempt, notes),
    location_id: locationOf(payment.merchant),
    order_id: orderIdOf(payment),
    reference_id: notes["reference_id"],
    customer_id: notes["customer_id"],
    team_member_id: notes["team_member_id"],
    refund_ids: refunds.length > 0 ? refunds.map(({ id }) => id).toReversed() : undefined,
    risk_evaluation: riskEvaluation(payment, attempt, notes["risk"]),
    buyer_email_address: notes["buyer_email_address"],
    billing_address: readAddress(notes["billing_address"]),
    shipping_address: readAddress(notes["shipping_address"]),
    note: notes["note"],
    statement_description_identifier: notes["statement_description_identifier"],
    capabilities: capabilities(payment, attempt),
    receipt_number: status === "APPROVED" || status === "COMPLETED" ? payment.id.slice(0, 4) : undefined,
    receipt_url: status === "COMPLETED" ? `https://squareupsandbox.com/receipt/preview/${payment.id}` : undefined,
    application_details: { square_product: "ECOMMERCE_API" },
    version_token: versionToken(payment),
  };
}

/** Only card payments can be held; what was said of the hold is kept with the payment. */
function delay(payment: Payment, attempt: Attempt | null, notes: Readonly<Record<string, string>>) {
  if (attempt?.instrument.kind !== "card") return {};
  const span = readNumber(notes["delay_duration"]);
  if (span === null) return {};
  return {
    delay_duration: wireDuration(span),
    delay_action: payment.deadline === null ? notes["delay_action"] : delayAction(payment.deadline),
    delayed_until: wireTime(payment.createdAt + span),
  };
}

/** What it was paid with. An intent that was never tried was not paid with anything yet. */
function source(payment: Payment, attempt: Attempt | null, notes: Readonly<Record<string, string>>) {
  if (attempt === null) return {};
  const { instrument } = attempt;
  const kind: InstrumentKind = instrument.kind;
  const named = { source_type: sourceType(kind) };
  switch (instrument.kind) {
    case "card":
      return { ...named, card_details: cardDetails(payment, attempt, instrument, notes) };
    case "cash":
      return { ...named, cash_details: cashDetails(payment, totalOf(payment), notes) };
    case "transfer":
      return { ...named, bank_account_details: bankDetails(attempt, instrument, notes) };
    case "external":
      return { ...named, external_details: externalDetails(payment, instrument, notes) };
  }
}
