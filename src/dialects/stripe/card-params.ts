/** A card as `POST /v1/payment_methods` takes it: a token, or the number of one of the sandbox's test cards. */
import type { NewInstrument } from "../../domain/profile-command.ts";
import type { Processor } from "../../engine/processor.ts";
import { hash, optional, text, whole, type Decoded } from "./params.ts";
import { invalid, missing, type Problem } from "./problem.ts";

export const cardFields = {
  token: optional(text("A card token, such as `tok_visa`.")),
  number: optional(text("The number of a test card. No other is taken, and none is kept.", 50)),
  exp_month: optional(whole("Month, 1 to 12.")),
  exp_year: optional(whole("Year, of two or four digits.")),
  cvc: optional(text("Three or four digits. Not kept.", 10)),
};

export const cardHash = hash("The card.", cardFields);

const DECLINED = "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.";
const CENTURY = 2_000n;

/** Null where a token says it all. */
type Card = Pick<NewInstrument, "token" | "expiry">;

/** `now` is a time in milliseconds: a card must not have expired by then. */
export function readCard(card: Decoded<typeof cardFields>, processor: Processor, now: number): Card | Problem {
  const { token, number } = card;
  if (token !== undefined) {
    // OURS: that the two exclude one another is known, and not the words.
    if (number !== undefined) return invalid("You may only specify one of these parameters: card[token], card[number].", { param: "card[token]" });
    return token.startsWith("tok_") && processor.keep(token) !== null ? { token, expiry: null } : missing("token", token, { param: "card[token]", status: 400 });
  }
  if (number === undefined) return lacking("card[number]");
  if (card.exp_month === undefined) return lacking("card[exp_month]");
  if (card.exp_year === undefined) return lacking("card[exp_year]");
  const digits = number.replaceAll(/[ -]/g, "");
  if (!isCardNumber(digits)) return declined("incorrect_number", "Your card number is incorrect.", "number");
  const [month, year] = [card.exp_month, card.exp_year < 100n ? card.exp_year + CENTURY : card.exp_year];
  if (month < 1n || month > 12n) return declined("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  const today = new Date(now);
  const thisYear = BigInt(today.getUTCFullYear());
  if (year < thisYear || year > thisYear + 50n) return declined("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
  if (year === thisYear && month < BigInt(today.getUTCMonth() + 1)) return declined("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  const known = processor.tokenOf(digits);
  if (known === null) return { ...declined("card_declined", DECLINED, undefined), more: { decline_code: "test_mode_live_card" } };
  return { token: known, expiry: { month: Number(month), year: Number(year) } };
}

function lacking(param: string): Problem {
  return invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}

function declined(code: string, message: string, param: string | undefined): Problem {
  return { status: 402, type: "card_error", code, message, ...(param === undefined ? {} : { param }) };
}

/** By its check digit (ISO/IEC 7812-1, annex B). */
function isCardNumber(digits: string): boolean {
  if (!/^\d{12,19}$/.test(digits)) return false;
  const sum = Array.from(digits, Number).toReversed().reduce((total, digit, i) => {
    const value = digit * (i % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
