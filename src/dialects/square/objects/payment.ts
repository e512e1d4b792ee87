/** The Payment object (Square's API reference: the Payment object): every payment of the book, whichever dialect it came in by. */
import type { InstrumentKind } from "../../../domain/instrument.ts";
import { moneyOf, type Attempt, type Payment } from "../../../domain/payment.ts";
import { notesUnder } from "../../../domain/notes.ts";
import type { Extras, PaymentView } from "../../../engine/views.ts";
import { locationOf, orderOf, versionToken } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireDuration, wireTime } from "../times.ts";
import { NOTE_PREFIX, readAddress, readNumber, readAmount } from "./notes.ts";
import { wireMoney } from "./money.ts";
import { cardDetails, cashDetails, externalDetails } from "./source.ts";
import { paymentStatus, sourceType } from "./status.ts";

/** So many of a payment's refunds are named by it, the newest. */
const REFUND_IDS_MAX = 100;

export const PAYMENT_EXTRAS: Extras = { refunds: REFUND_IDS_MAX, entries: false, attempts: false };

type PaymentAnswer = Answer<"Payment">;

const CAPABILITIES: PaymentAnswer["capabilities"] = ["EDIT_AMOUNT_UP", "EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_UP", "EDIT_TIP_AMOUNT_DOWN", "EDIT_DELAY_ACTION"];

/** Square takes a payment whole: the total is what was captured, and before that what was asked for. */
export function totalOf(payment: Payment): bigint {
  return payment.captured > 0n ? payment.captured : payment.requested;
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
    approved_money: payment.authorized > 0n ? wire(payment.authorized) : undefined,
    refunded_money: givenBack > 0n ? wire(givenBack) : undefined,
    status,
    ...delay(payment, attempt, notes),
    ...source(payment, attempt, notes),
    location_id: locationOf(payment.merchant),
    order_id: notes["order_id"] ?? orderOf(payment.id),
    reference_id: notes["reference_id"],
    customer_id: notes["customer_id"],
    team_member_id: notes["team_member_id"],
    refund_ids: refunds.length > 0 ? refunds.map(({ id }) => id).toReversed() : undefined,
    buyer_email_address: notes["buyer_email_address"],
    billing_address: readAddress(notes["billing_address"]),
    shipping_address: readAddress(notes["shipping_address"]),
    note: notes["note"],
    statement_description_identifier: notes["statement_description_identifier"],
    capabilities: status === "APPROVED" ? CAPABILITIES : undefined,
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
    delay_action: notes["delay_action"],
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
      return named;
    case "external":
      return { ...named, external_details: externalDetails(payment, instrument, notes) };
  }
}
