/** The body of CreatePayment (Square's API reference: CreatePayment), field by field and then together. */
import type { Currency } from "../../../domain/currency.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import { AMOUNT_MAX, type Money } from "../../../domain/money.ts";
import { DETAIL, squareError, type SquareError } from "../errors.ts";
import { locationOf } from "../ids.ts";
import { EXTERNAL_TYPES } from "../objects/source.ts";
import { boolean, list, matching, money, nullable, object, oneOf, optional, string, text, unsupported, type Values } from "../params.ts";
import { DAY, parseDuration } from "../times.ts";

const ADDRESS = object("A postal address.", {
  address_line_1: text("First line.", { max: 500, nullable: true }),
  address_line_2: text("Second line.", { max: 500, nullable: true }),
  address_line_3: text("Third line.", { max: 500, nullable: true }),
  locality: text("City or town.", { max: 300, nullable: true }),
  sublocality: text("Part of the locality.", { max: 300, nullable: true }),
  sublocality_2: text("Part of that part.", { max: 300, nullable: true }),
  sublocality_3: text("Part of that again.", { max: 300, nullable: true }),
  administrative_district_level_1: text("State or province.", { max: 200, nullable: true }),
  administrative_district_level_2: text("County or the like.", { max: 200, nullable: true }),
  administrative_district_level_3: text("Its part.", { max: 200, nullable: true }),
  postal_code: text("Postal code.", { max: 12, nullable: true }),
  country: text("ISO 3166-1 alpha-2.", { max: 2, nullable: true }),
  first_name: text("Of the addressee.", { max: 300, nullable: true }),
  last_name: text("Of the addressee.", { max: 300, nullable: true }),
});

/** A fee is distributed to so many at most (Square's API reference: distribute fees to multiple parties). */
const PARTIES_MAX = 3;
/** The application's fee is at most so many hundredths of the total (Square's API reference: CreatePayment). */
export const FEE_PERCENT_MAX = 90n;

const PHONE = /^\+?\d{9,16}$/;

export const CREATE_PAYMENT_BODY = {
  source_id: string("The token of a card, a gift card or a bank account, or the word CASH or EXTERNAL."),
  idempotency_key: string("Names this payment: the same key never takes it twice.", { max: 45 }),
  amount_money: money("What is paid, without the tip.", 1n),
  tip_money: optional(money("The tip, on top of the amount.", 0n)),
  app_fee_money: optional(money("The application's fee, at most 90 % of the total.", 0n)),
  app_fee_allocations: optional(
    list(
      "What of the fee is whose; together app_fee_money.",
      object("One party's part.", { location_id: text("The party's location.", { max: 50, nullable: true }), amount_money: money("Its part.", 0n) }),
      { max: PARTIES_MAX },
    ),
  ),
  delay_duration: text("How long an authorization is held, in ISO 8601: 1 minute to 36 days. Only with autocomplete false."),
  delay_action: optional(oneOf(["CANCEL", "COMPLETE"], "What becomes of it then: CANCEL when left out.")),
  autocomplete: optional(boolean("Whether the payment is completed at once; true when left out.")),
  order_id: text("The order that is paid.", { max: 192 }),
  customer_id: text("Who pays.", { max: 191 }),
  location_id: text("The merchant's location; its only one when left out.", { max: 50 }),
  team_member_id: text("Who took the payment.", { max: 192 }),
  reference_id: text("The payment's name in another system.", { max: 40 }),
  verification_token: text("Accepted, without effect."),
  accept_partial_authorization: optional(boolean("Whether less than the amount will do, of a gift card; never together with autocomplete, and without effect where there is a tip.")),
  buyer_email_address: text("Where the buyer gets mail.", { max: 255 }),
  buyer_phone_number: optional(
    matching(PHONE, "Accepted, and not shown again.", { code: "INVALID_PHONE_NUMBER", detail: DETAIL.phone }),
  ),
  billing_address: optional(ADDRESS),
  shipping_address: optional(ADDRESS),
  note: text("For people.", { max: 500 }),
  statement_description_identifier: text("What the buyer's statement says.", { max: 20 }),
  cash_details: optional(
    object("Needed with CASH.", { buyer_supplied_money: money("What the buyer handed over, at least the total.", 1n) }),
  ),
  external_details: optional(
    object("Needed with EXTERNAL.", {
      type: oneOf(EXTERNAL_TYPES, "The means."),
      source: string("Where it was paid.", { max: 255 }),
      source_id: text("Its id there.", { max: 255, nullable: true }),
      source_fee_money: nullable(money("What that took as a fee.", 0n)),
    }),
  ),
  customer_details: unsupported("object", "How the customer was identified.", "Only for Square's own applications."),
  offline_payment_details: unsupported("object", "When it was taken offline.", "Only for Square's own applications."),
};

export type CreatePaymentBody = Values<typeof CREATE_PAYMENT_BODY>;

export function sourceOf(id: string): "cash" | "external" | "bank" | "card" {
  if (id.startsWith("bnon:")) return "bank";
  return id === "CASH" ? "cash" : id === "EXTERNAL" ? "external" : "card";
}

/** What goes to the application: as it is named, or else all of its parts. */
export function feeOf({ app_fee_money: fee, app_fee_allocations: parts }: Pick<CreatePaymentBody, "app_fee_money" | "app_fee_allocations">): bigint {
  return fee?.amount ?? (parts ?? []).reduce((sum, { amount_money: part }) => sum + part.amount, 0n);
}

type Facts = { readonly currency: Currency; readonly merchant: MerchantId };

export function checkTogether(body: Partial<CreatePaymentBody>, facts: Facts): SquareError[] {
  return [...checkMoney(body, facts.currency), ...checkHold(body), ...checkSource(body), ...checkLocation(body, facts.merchant)];
}

/** All money of a payment is in the merchant's currency, and the wire can carry its total. */
function checkMoney(body: Partial<CreatePaymentBody>, own: Currency): SquareError[] {
  const { amount_money: amount, tip_money: tip, app_fee_money: fee, app_fee_allocations: parts } = body;
  const errors: SquareError[] = [];
  const named: readonly (readonly [string, Money | null | undefined])[] = [
    ["amount_money", amount],
    ["tip_money", tip],
    ["app_fee_money", fee],
    ["cash_details.buyer_supplied_money", body.cash_details?.buyer_supplied_money],
    ["external_details.source_fee_money", body.external_details?.source_fee_money],
  ];
  for (const [name, given] of named) {
    if (!given || given.currency === own) continue;
    errors.push(squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(own, given.currency), `${name}.currency`));
  }
  for (const [i, { amount_money: part }] of (parts ?? []).entries()) {
    if (part.currency !== own) errors.push(squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(own, part.currency), `app_fee_allocations[${i}].amount_money.currency`));
  }
  if (errors.length > 0 || !amount) return errors;
  const total = amount.amount + (tip?.amount ?? 0n);
  if (total > AMOUNT_MAX) errors.push(squareError("VALUE_TOO_HIGH", DETAIL.tooHigh(AMOUNT_MAX - amount.amount), "tip_money.amount"));
  const taken = feeOf({ app_fee_money: fee ?? null, app_fee_allocations: parts ?? null });
  if (taken * 100n > total * FEE_PERCENT_MAX) errors.push(squareError("INVALID_FEES", DETAIL.fees, "app_fee_money"));
  if (fee && parts && feeOf({ app_fee_money: null, app_fee_allocations: parts }) !== fee.amount) errors.push(squareError("INVALID_VALUE", DETAIL.allocations, "app_fee_allocations"));
  const supplied = body.cash_details?.buyer_supplied_money;
  if (supplied && supplied.amount < total) {
    errors.push(squareError("VALUE_TOO_LOW", DETAIL.tooLow(total), "cash_details.buyer_supplied_money.amount"));
  }
  return errors;
}

const HOLD_MIN = 60_000;
const HOLD_MAX = 36 * DAY;

/** Only an authorization of a card can be held. */
function checkHold(body: Partial<CreatePaymentBody>): SquareError[] {
  const { autocomplete, delay_duration: duration, source_id: id } = body;
  const errors: SquareError[] = [];
  const held = autocomplete === false;
  if (duration) {
    const span = parseDuration(duration);
    if (span === null || span < HOLD_MIN || span > HOLD_MAX) errors.push(squareError("INVALID_VALUE", DETAIL.hold, "delay_duration"));
    else if (autocomplete !== undefined && !held) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.holdOnly, "delay_duration"));
  }
  if (held && id !== undefined && sourceOf(id) !== "card") {
    errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.cardOnly, "autocomplete"));
  }
  if (body.accept_partial_authorization === true && autocomplete !== undefined && !held) {
    errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.partialOnly, "accept_partial_authorization"));
  }
  return errors;
}

function checkSource({ source_id: id, cash_details: cash, external_details: external }: Partial<CreatePaymentBody>): SquareError[] {
  if (id === undefined) return [];
  const source = sourceOf(id);
  const errors: SquareError[] = [];
  if (source === "cash" && cash === null) errors.push(squareError("MISSING_REQUIRED_PARAMETER", DETAIL.unset, "cash_details"));
  if (source !== "cash" && cash) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.onlyWith("CASH"), "cash_details"));
  if (source === "external" && external === null) {
    errors.push(squareError("MISSING_REQUIRED_PARAMETER", DETAIL.unset, "external_details"));
  }
  if (source !== "external" && external) {
    errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.onlyWith("EXTERNAL"), "external_details"));
  }
  return errors;
}

function checkLocation({ location_id: given }: Partial<CreatePaymentBody>, merchant: MerchantId): SquareError[] {
  const own = locationOf(merchant);
  return given && given !== own ? [squareError("INVALID_VALUE", DETAIL.locationUnknown(own), "location_id")] : [];
}
