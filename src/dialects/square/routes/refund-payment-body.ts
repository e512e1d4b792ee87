/** The body of RefundPayment (Square's API reference: RefundPayment), field by field and then together. */
import type { Currency } from "../../../domain/currency.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Money } from "../../../domain/money.ts";
import { DETAIL, squareError, type SquareError } from "../errors.ts";
import { isGiftCard, locationOf } from "../ids.ts";
import { EXTERNAL_TYPES } from "../objects/source.ts";
import { boolean, list, money, nullable, object, oneOf, optional, string, text, type Values } from "../params.ts";

/** A fee is distributed to so many at most (Square's API reference: distribute fees to multiple parties). */
const PARTIES_MAX = 3;

export const REFUND_BODY = {
  idempotency_key: string("Names this refund: the same key never refunds twice.", { max: 45 }),
  amount_money: money("How much goes back, at most what is left of the payment's total.", 1n),
  app_fee_money: nullable(money("What of the application's fee goes back; its share when left out.", 0n)),
  app_fee_allocations: nullable(
    list(
      "What of the fee each contributing party gives back; together app_fee_money.",
      object("One party's part.", { location_id: text("The party's location.", { max: 50, nullable: true }), amount_money: money("Its part.", 0n) }),
      { max: PARTIES_MAX },
    ),
  ),
  payment_id: text("The payment to refund. Not with unlinked.", { max: 192, nullable: true }),
  destination_id: text("Where the money goes: a gift card in place of the payment's source; or, of an unlinked refund, a card's token, a gift card, CASH or EXTERNAL.", { max: 255, nullable: true }),
  unlinked: nullable(boolean("Whether the refund belongs to no payment. Refused unless the server has it switched on.")),
  location_id: text("The location of an unlinked refund, which needs it.", { max: 50, nullable: true }),
  customer_id: text("The customer of an unlinked refund, which needs it for a card on file.", { max: 191, nullable: true }),
  reason: text("Why, for people.", { max: 192, nullable: true }),
  payment_version_token: text("Nothing is done if the payment is at another version.", { nullable: true }),
  team_member_id: text("Who made the refund.", { max: 192, nullable: true }),
  cash_details: optional(
    object("How an unlinked cash refund was paid out.", {
      seller_supplied_money: money("What the seller gave, at least the amount.", 1n),
      change_back_money: nullable(money("What came back of that. It is reckoned, and not looked at here.", 0n)),
    }),
    { nullable: true },
  ),
  external_details: optional(
    object("How an unlinked external refund was paid out.", {
      type: oneOf(EXTERNAL_TYPES, "The means."),
      source: string("Where the money came from.", { max: 255 }),
      source_id: text("Its id there.", { max: 255, nullable: true }),
    }),
    { nullable: true },
  ),
};

export type RefundBody = Values<typeof REFUND_BODY>;

type Destination = "cash" | "external" | "gift_card" | "token";

export function destinationKind(id: string): Destination {
  if (id === "CASH") return "cash";
  if (id === "EXTERNAL") return "external";
  return id.startsWith("gftc:") ? "gift_card" : "token";
}

/** `unlinked`: whether refunds of no payment are switched on. */
export type Facts = { readonly currency: Currency; readonly merchant: MerchantId; readonly unlinked: boolean };

export function checkRefund(body: Partial<RefundBody>, facts: Facts): SquareError[] {
  // Which fields go together depends on what could not be read.
  if (body.unlinked === undefined) return [];
  if (body.unlinked !== true) return checkLinked(body);
  return facts.unlinked ? checkUnlinked(body, facts) : [];
}

const ONLY_UNLINKED = ["location_id", "customer_id", "cash_details", "external_details"] as const;

function checkLinked(body: Partial<RefundBody>): SquareError[] {
  const errors = checkFee(body);
  if (isBlank(body.payment_id)) errors.push(squareError("VALUE_EMPTY", DETAIL.blank, "payment_id"));
  const { destination_id: destination } = body;
  if (destination && !isGiftCard(destination)) {
    const named = destinationKind(destination) === "gift_card";
    errors.push(named ? squareError("NOT_FOUND", DETAIL.giftCardNotFound(destination), "destination_id") : squareError("BAD_REQUEST", DETAIL.elsewhere, "destination_id"));
  }
  for (const name of ONLY_UNLINKED) {
    if (body[name]) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.linkedOnly(name), name));
  }
  return errors;
}

/** The fee is in the refund's currency, and its parts add up to it. */
function checkFee({ amount_money: amount, app_fee_money: fee, app_fee_allocations: allocations }: Partial<RefundBody>): SquareError[] {
  const errors: SquareError[] = [];
  const named: readonly (readonly [string, Money])[] = [
    ...(fee ? [["app_fee_money", fee] as const] : []),
    ...(allocations ?? []).map(({ amount_money: part }, i) => [`app_fee_allocations[${i}].amount_money`, part] as const),
  ];
  for (const [name, { currency }] of named) {
    if (amount && currency !== amount.currency) errors.push(squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(amount.currency, currency), `${name}.currency`));
  }
  if (errors.length === 0 && fee && allocations && allocatedFee(allocations) !== fee.amount) {
    errors.push(squareError("INVALID_VALUE", DETAIL.allocations, "app_fee_allocations"));
  }
  return errors;
}

export function allocatedFee(allocations: NonNullable<RefundBody["app_fee_allocations"]>): bigint {
  return allocations.reduce((sum, { amount_money: part }) => sum + part.amount, 0n);
}

const ONLY_LINKED = ["app_fee_money", "app_fee_allocations", "payment_id", "payment_version_token"] as const;

function checkUnlinked(body: Partial<RefundBody>, { currency, merchant }: Facts): SquareError[] {
  const errors: SquareError[] = [];
  const { amount_money: amount, location_id: location, destination_id: destination } = body;
  if (amount && amount.currency !== currency) errors.push(squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(currency, amount.currency), "amount_money.currency"));
  for (const name of ONLY_LINKED) {
    if (body[name]) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.linkedNot(name), name));
  }
  if (isBlank(location)) errors.push(squareError("VALUE_EMPTY", DETAIL.blank, "location_id"));
  else if (location && location !== locationOf(merchant)) errors.push(squareError("INVALID_VALUE", DETAIL.locationUnknown(locationOf(merchant)), "location_id"));
  if (isBlank(destination)) errors.push(squareError("VALUE_EMPTY", DETAIL.blank, "destination_id"));
  return [...errors, ...checkDestination(body, currency)];
}

function checkDestination(body: Partial<RefundBody>, currency: Currency): SquareError[] {
  const { destination_id: id, customer_id: customer, cash_details: cash, external_details: external } = body;
  if (!id || isBlank(id)) return [];
  const kind = destinationKind(id);
  const errors: SquareError[] = [];
  if (kind === "gift_card" && !isGiftCard(id)) errors.push(squareError("NOT_FOUND", DETAIL.giftCardNotFound(id), "destination_id"));
  if (id.startsWith("ccof:") && isBlank(customer)) errors.push(squareError("VALUE_EMPTY", DETAIL.blank, "customer_id"));
  if (kind === "cash" && cash === null) errors.push(squareError("MISSING_REQUIRED_PARAMETER", DETAIL.unset, "cash_details"));
  if (kind === "cash" && cash) errors.push(...checkCash(body, cash.seller_supplied_money, currency));
  if (kind !== "cash" && cash) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.onlyTo("CASH"), "cash_details"));
  if (kind === "external" && external === null) errors.push(squareError("MISSING_REQUIRED_PARAMETER", DETAIL.unset, "external_details"));
  if (kind !== "external" && external) errors.push(squareError("CONFLICTING_PARAMETERS", DETAIL.onlyTo("EXTERNAL"), "external_details"));
  return errors;
}

function checkCash({ amount_money: amount }: Partial<RefundBody>, supplied: Money, currency: Currency): SquareError[] {
  const field = "cash_details.seller_supplied_money";
  if (supplied.currency !== currency) return [squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(currency, supplied.currency), `${field}.currency`)];
  return amount && supplied.amount < amount.amount ? [squareError("VALUE_TOO_LOW", DETAIL.tooLow(amount.amount), `${field}.amount`)] : [];
}

/** Said to be nothing; what could not be read has been told of already. */
function isBlank(value: string | null | undefined): boolean {
  return value === null || value?.trim() === "";
}
