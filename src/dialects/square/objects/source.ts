/** What a payment was made with: card_details, cash_details, external_details (Square's API reference: CreatePayment and the Payment object). */
import { nameFrom } from "../../../base/hash.ts";
import { BANK_DEBIT, type Card, type CardBrand, type Decline, type External, type Transfer } from "../../../domain/instrument.ts";
import { moneyOf, type Attempt, type Payment } from "../../../domain/payment.ts";
import type { AttemptState } from "../../../domain/states.ts";
import { declineError } from "../errors.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireTime } from "../times.ts";
import { wireMoney } from "./money.ts";
import { readAmount } from "./notes.ts";

export const EXTERNAL_TYPES = [
  "CHECK", "BANK_TRANSFER", "OTHER_GIFT_CARD", "CRYPTO", "SQUARE_CASH", "SOCIAL", "EXTERNAL", "EMONEY", "CARD",
  "STORED_BALANCE", "FOOD_VOUCHER", "OTHER",
] as const;

/** Every brand that Square names; we keep books of those that are below. */
export const CARD_BRANDS = [
  "OTHER_BRAND", "VISA", "MASTERCARD", "AMERICAN_EXPRESS", "DISCOVER", "DISCOVER_DINERS", "JCB", "CHINA_UNIONPAY",
  "SQUARE_GIFT_CARD", "SQUARE_CAPITAL_CARD", "INTERAC", "EFTPOS", "FELICA", "EBT",
] as const;

const BRAND = {
  visa: "VISA",
  mastercard: "MASTERCARD",
  amex: "AMERICAN_EXPRESS",
  discover: "DISCOVER",
  diners: "DISCOVER_DINERS",
  jcb: "JCB",
  unionpay: "CHINA_UNIONPAY",
  gift: "SQUARE_GIFT_CARD",
} as const satisfies Record<CardBrand, (typeof CARD_BRANDS)[number]>;

type Details = Required<Answer<"Payment">>;

const CARD_STATUS: Readonly<Record<AttemptState, NonNullable<Details["card_details"]>["status"]>> = {
  initiated: undefined,
  authorized: "AUTHORIZED",
  captured: "CAPTURED",
  canceled: "VOIDED",
  failed: "FAILED",
};

export function cardBrand({ brand }: Card) {
  return BRAND[brand];
}

export function wireCard(card: Card): NonNullable<Details["card_details"]>["card"] {
  return {
    card_brand: cardBrand(card),
    last_4: card.last4,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    fingerprint: `sq-1-${card.fingerprint}`,
    card_type: card.funding === "debit" ? "DEBIT" : "CREDIT",
    prepaid_type: card.funding === "prepaid" ? "PREPAID" : "NOT_PREPAID",
    bin: card.bin,
  };
}

export function cardDetails(payment: Payment, attempt: Attempt, card: Card, notes: Readonly<Record<string, string>>): Details["card_details"] {
  const { decline, state } = attempt;
  const given = state === "authorized" || state === "captured" || state === "canceled";
  return {
    status: CARD_STATUS[state],
    card: wireCard(card),
    entry_method: notes["entry_method"] ?? "KEYED",
    cvv_status: decline === "incorrect_cvc" ? "CVV_REJECTED" : "CVV_ACCEPTED",
    avs_status: decline === "incorrect_postal_code" ? "AVS_REJECTED" : "AVS_ACCEPTED",
    auth_result_code: given ? nameFrom(`square approval ${attempt.id}`, 6) : undefined,
    statement_description: statementOf(notes),
    card_payment_timeline: {
      authorized_at: given ? wireTime(attempt.createdAt) : undefined,
      captured_at: payment.capturedAt === null ? undefined : wireTime(payment.capturedAt),
      voided_at: state === "canceled" ? wireTime(attempt.updatedAt) : undefined,
    },
    errors: decline === null ? undefined : [declined(decline)],
  };
}

/** The sandbox has one account. */
export function bankDetails({ decline }: Attempt, { method }: Transfer, notes: Readonly<Record<string, string>>): Details["bank_account_details"] {
  if (method !== BANK_DEBIT) return { transfer_type: "UNKNOWN" };
  return {
    bank_name: "Sandbox Bank",
    transfer_type: "ACH",
    account_ownership_type: "INDIVIDUAL",
    fingerprint: `sq-1-${nameFrom("square bank account", 16)}`,
    country: "US",
    statement_description: statementOf(notes),
    ach_details: { routing_number: "011401533", account_number_suffix: "000", account_type: "CHECKING" },
    errors: decline === null ? undefined : [declined(decline)],
  };
}

function statementOf({ statement_description_identifier: line }: Readonly<Record<string, string>>): string | undefined {
  return line === undefined ? undefined : `SQ *${line}`;
}

function declined(decline: Decline): NonNullable<NonNullable<Details["card_details"]>["errors"]>[number] {
  const { code, detail } = declineError(decline);
  return { category: "PAYMENT_METHOD_ERROR", code, detail };
}

/** Without a word of what the buyer gave, the buyer gave the exact sum. */
export function cashDetails(payment: Payment, total: bigint, notes: Readonly<Record<string, string>>): Details["cash_details"] {
  const noted = readAmount(notes["buyer_supplied"]);
  const supplied = noted > total ? noted : total;
  return {
    buyer_supplied_money: wireMoney(moneyOf(payment, supplied)),
    change_back_money: wireMoney(moneyOf(payment, supplied - total)),
  };
}

/** The teller's own id of the means is shown when it is one of Square's words, and is OTHER when it is not. */
export function externalDetails(payment: Payment, { label, type }: External, notes: Readonly<Record<string, string>>): Details["external_details"] {
  const fee = notes["source_fee"];
  return {
    type: EXTERNAL_TYPES.find((known) => known === type) ?? "OTHER",
    source: label,
    source_id: payment.reference === null || payment.reference === payment.id ? undefined : payment.reference,
    source_fee_money: fee === undefined ? undefined : wireMoney(moneyOf(payment, readAmount(fee))),
  };
}
