/** The answer that is a no, and the error that a declined payment carries (Square's API reference: errors). */
import { list, literal, members, oneOf, sometimes, text } from "../../../base/shape.ts";
import { BANK_DECLINE_CODES, CARD_DECLINE_CODES, CATEGORIES, ERROR_CODES } from "../errors.ts";

export const ERROR = members({ category: oneOf(CATEGORIES), code: oneOf(ERROR_CODES), detail: text, field: sometimes(text) });

/** As a payment carries it that was declined. */
export const CARD_DECLINE = members({ category: literal("PAYMENT_METHOD_ERROR"), code: oneOf(CARD_DECLINE_CODES), detail: text });
export const BANK_DECLINE = members({ category: literal("PAYMENT_METHOD_ERROR"), code: oneOf(BANK_DECLINE_CODES), detail: text });

export const ERRORS = members({ errors: list(ERROR) }, "What was refused, or went wrong, and why: all of it that can be told at once.");
