/** The body of CreatePayment (Square's API reference: CreatePayment), field by field and then together. */
import type { Currency } from "../../../domain/currency.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import { AMOUNT_MAX, type Money } from "../../../domain/money.ts";
import { DETAIL, squareError, type SquareError } from "../errors.ts";
import { locationOf } from "../ids.ts";
import { EXTERNAL_TYPES } from "../objects/source.ts";
import { boolean, matching, money, nullable, object, oneOf, optional, string, text, unsupported, type Values } from "../params.ts";
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

const PHONE = /^\+?\d{9,16}$/;

export const CREATE_PAYMENT_BODY = {
  source_id: string("A card's token, or the word CASH or EXTERNAL."),
  idempotency_key: string("Names this payment: the same key never takes it twice.", { max: 45 }),
  amount_money: money("What is paid, without the tip.", 1n),
  tip_money: optional(money("The tip, on top of the amount.", 0n)),
  app_fee_money: optional(money("The application's fee, at most 90 % of the total.", 0n)),
  app_fee_allocations: unsupported("array", "The fee by contributing party.", "A fee goes to the one application here."),
  delay_duration: text("How long an authorization is held, in ISO 8601: 1 minute to 36 days. Only with autocomplete false."),
  delay_action: optional(oneOf(["CANCEL", "COMPLETE"], "What becomes of it then. Echoed, not acted upon.")),
  autocomplete: optional(boolean("Whether the payment is completed at once; true when left out.")),
  order_id: text("The order that is paid.", { max: 192 }),
  customer_id: text("Who pays.", { max: 191 }),
  location_id: text("The merchant's location; its only one when left out.", { max: 50 }),
  team_member_id: text("Who took the payment.", { max: 192 }),
  reference_id: text("The payment's name in another system.", { max: 40 }),
  verification_token: text("Accepted, without effect."),
  accept_partial_authorization: optional(boolean("Accepted, without effect; never together with autocomplete.")),
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

export function sourceOf(id: string): "cash" | "external" | "token" {
  return id === "CASH" ? "cash" : id === "EXTERNAL" ? "external" : "token";
}

type Facts = { readonly currency: Currency; readonly merchant: MerchantId };

export function checkTogether(body: Partial<CreatePaymentBody>, facts: Facts): SquareError[] {
  return [...checkMoney(body, facts.currency), ...checkHold(body), ...checkSource(body), ...checkLocation(body, facts.merchant)];
}

/** All money of a payment is in the merchant's currency, and the wire can carry its total. */
function checkMoney(body: Partial<CreatePaymentBody>, own: Currency): SquareError[] {
  const { amount_money: amount, tip_money: tip, app_fee_money: fee } = body;
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
  if (errors.length > 0 || !amount) return errors;
  const total = amount.amount + (tip?.amount ?? 0n);
  if (total > AMOUNT_MAX) errors.push(squareError("VALUE_TOO_HIGH", DETAIL.tooHigh(AMOUNT_MAX - amount.amount), "tip_money.amount"));
  if (fee && fee.amount * 10n > total * 9n) errors.push(squareError("INVALID_FEES", DETAIL.fees, "app_fee_money"));
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
  if (held && id !== undefined && sourceOf(id) !== "token") {
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
