/**
 * Square's errors (Square's API reference: conventions and errors): every code with its category and status, and the words that we give with
 * it. Words that the contract marks VERIFIED are Square's own; all the others are ours and stand under "ours".
 */
import { present } from "../../base/assert.ts";
import type { Decline } from "../../domain/instrument.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Refusal, RefusalCode } from "../../domain/refusal.ts";
import type { Reply } from "../../engine/job.ts";
import { paymentStatus } from "./objects/status.ts";
import type { ErrorAnswer } from "./shapes/objects.ts";

export const CATEGORIES = ["API_ERROR", "AUTHENTICATION_ERROR", "INVALID_REQUEST_ERROR", "PAYMENT_METHOD_ERROR", "RATE_LIMIT_ERROR", "REFUND_ERROR"] as const;
type Category = (typeof CATEGORIES)[number];
type Standing = { readonly category: Category; readonly status: number };

const REQUEST: Standing = { category: "INVALID_REQUEST_ERROR", status: 400 };
const METHOD: Standing = { category: "PAYMENT_METHOD_ERROR", status: 400 };
const REFUND: Standing = { category: "REFUND_ERROR", status: 400 };

const CODES = {
  ACCOUNT_UNUSABLE: METHOD,
  ADDRESS_VERIFICATION_FAILURE: METHOD,
  AMOUNT_TOO_HIGH: REQUEST,
  ARRAY_EMPTY: REQUEST,
  ARRAY_LENGTH_TOO_LONG: REQUEST,
  BAD_REQUEST: REQUEST,
  BUYER_REFUSED_PAYMENT: METHOD,
  CARD_DECLINED_VERIFICATION_REQUIRED: METHOD,
  CARD_TOKEN_USED: METHOD,
  CONFLICTING_PARAMETERS: REQUEST,
  CVV_FAILURE: METHOD,
  EXPECTED_ARRAY: REQUEST,
  EXPECTED_BOOLEAN: REQUEST,
  EXPECTED_INTEGER: REQUEST,
  EXPECTED_JSON_BODY: REQUEST,
  EXPECTED_OBJECT: REQUEST,
  EXPECTED_STRING: REQUEST,
  GATEWAY_TIMEOUT: { category: "API_ERROR", status: 504 },
  GENERIC_DECLINE: METHOD,
  IDEMPOTENCY_KEY_REUSED: REQUEST,
  INSUFFICIENT_FUNDS: METHOD,
  INSUFFICIENT_PERMISSIONS: METHOD,
  INTERNAL_SERVER_ERROR: { category: "API_ERROR", status: 500 },
  INVALID_ACCOUNT: METHOD,
  INVALID_CURSOR: REQUEST,
  INVALID_ENUM_VALUE: REQUEST,
  INVALID_EXPIRATION: METHOD,
  INVALID_FEES: METHOD,
  INVALID_PHONE_NUMBER: REQUEST,
  INVALID_SORT_ORDER: REQUEST,
  INVALID_SQUARE_VERSION_FORMAT: REQUEST,
  INVALID_TIME: REQUEST,
  INVALID_TIME_RANGE: REQUEST,
  INVALID_VALUE: REQUEST,
  MISSING_REQUIRED_PARAMETER: REQUEST,
  NOT_FOUND: { category: "INVALID_REQUEST_ERROR", status: 404 },
  PAN_FAILURE: METHOD,
  PAYMENT_NOT_REFUNDABLE: REFUND,
  PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE: REFUND,
  RATE_LIMITED: { category: "RATE_LIMIT_ERROR", status: 429 },
  REFUND_AMOUNT_INVALID: REFUND,
  REFUND_DECLINED: REFUND,
  REFUND_ERROR_PAYMENT_NEEDS_COMPLETION: REFUND,
  REQUEST_ENTITY_TOO_LARGE: { category: "INVALID_REQUEST_ERROR", status: 413 },
  SERVICE_UNAVAILABLE: { category: "API_ERROR", status: 503 },
  TEMPORARY_ERROR: METHOD,
  UNAUTHORIZED: { category: "AUTHENTICATION_ERROR", status: 401 },
  UNSUPPORTED_MEDIA_TYPE: { category: "INVALID_REQUEST_ERROR", status: 415 },
  VALUE_EMPTY: REQUEST,
  VALUE_TOO_HIGH: REQUEST,
  VALUE_TOO_LONG: REQUEST,
  VALUE_TOO_LOW: REQUEST,
  VERSION_MISMATCH: REQUEST,
} satisfies Record<string, Standing>;

export type ErrorCode = keyof typeof CODES;
export const ERROR_CODES: readonly string[] = Object.keys(CODES);

/** One line of an answer's `errors`. */
export type SquareError = { readonly code: ErrorCode; readonly detail: string; readonly field: string | null };

export function squareError(code: ErrorCode, detail: string, field: string | null = null): SquareError {
  return { code, detail, field };
}

/** The status is that of the first error (Square's API reference: conventions). */
export function errorReply(errors: readonly SquareError[]): Reply {
  const { status } = CODES[present(errors[0], "an error to answer with").code];
  return { status, body: JSON.stringify({ errors: errors.map(wireError) }) };
}

export function wireError({ code, detail, field }: SquareError): ErrorAnswer {
  const { category }: Standing = CODES[code];
  return field === null ? { category, code, detail } : { category, code, detail, field };
}

/** Details, by what went wrong. */
export const DETAIL = {
  // Square's own, VERIFIED in the contract's section 4.
  amountExceedsLeft: "The requested refund amount exceeds the amount available to refund.",
  blank: "Field must not be blank",
  currencyOfMerchant: (own: string, given: string) => `This merchant can only process payments in ${own}, but amount was provided in ${given}.`,
  expectedArray: "Expected an array.",
  expectedObject: "Expected an object value.",
  inflight: (id: string, status: string) => `Payment ${id} is in inflight state ${status}, which is invalid for the requested operation`,
  keyOfOtherAmount: "Refund request idempotency key was previously used for a different amount",
  keyOfOtherPayment: (key: string) => `Different request parameters used for the same idempotency_key: ${key}`,
  keyOfOtherRequest: "The idempotency key can only be retried with the same request data.",
  paymentNotFound: (id: string) => `Could not find payment with id: ${id}`,
  refundNotFound: (id: string) => `Could not find refund with id: ${id}`,
  tooLong: (max: number) => `Field must not be greater than ${max} length`,
  unauthorized: "This request could not be authorized.",
  unlinked: "Unlinked refund processing is not enabled for this merchant.",
  unset: "Field must be set",
  versionMismatch: "Version mismatch: The specified version_token in the request does not match the current version_token.",
  // Ours: the contract knows the code and at most the sentence that describes it.
  allocations: "The amounts of app_fee_allocations must add up to app_fee_money.",
  amountTooHigh: "The requested payment amount is too high for the provided payment source.",
  apiVersion: "Field must be a date such as 2026-09-16",
  arrayEmpty: "Field must have at least one item",
  arrayTooLong: (max: number) => `Field must not have more than ${max} items`,
  cardOnly: "Only a card payment can be completed later.",
  cursor: "The pagination cursor included in the request is invalid.",
  disputed: "The payment is not refundable because it has been disputed.",
  elsewhere: "A refund of a payment goes back to its source, or to the gift card that destination_id names.",
  expectedBoolean: "Expected a boolean value.",
  expectedInteger: "Expected an integer value.",
  expectedJson: "The request body is not a JSON object.",
  expectedString: "Expected a string value.",
  fault: "An internal error has occurred. The request may be sent again with the same idempotency key.",
  fees: "The app_fee_money on a payment is too high.",
  giftCardNotFound: (id: string) => `Could not find gift card with id: ${id}`,
  hold: "Field must be an ISO 8601 duration of 1 minute to 36 days",
  holdOnly: "A payment is only held when autocomplete is false.",
  late: "The processor did not answer in time. The request may be sent again with the same idempotency key, which tells what became of it.",
  linkedOnly: (name: string) => `${name} may only be given when unlinked is true.`,
  locationNotFound: (id: string) => `Could not find location with id: ${id}`,
  locationUnknown: (own: string) => `This merchant has one location, ${own}.`,
  linkedNot: (name: string) => `${name} may not be given when unlinked is true.`,
  namedNotFound: (what: string, id: string) => `Could not find ${what} with id: ${id}`,
  needsCompletion: "The payment is approved and needs to be completed before it can be refunded.",
  notOneOf: (values: readonly string[]) => `Field must be one of ${values.join(", ")}`,
  notCurrency: "Field must be the ISO 4217 code of a currency that is served here",
  notRefundable: "The payment is not refundable. For example, the payment is too old to be refunded.",
  notServed: (name: string) => `${name} is not served here.`,
  noSecretKey: "Webhook subscriptions need a key to seal their signature keys with, and this server was given none: set REFUNDRY_SECRET_KEY.",
  notStorable: "Field must not contain NUL characters or unpaired surrogates",
  notificationUrl: (why: string) => `Nothing can be sent to this URL: ${why}.`,
  notSubscribed: (types: readonly string[]) => `The subscription listens to ${types.join(", ")} only`,
  onlyWith: (source: string) => `Field may only be given when source_id is ${source}`,
  onlyTo: (destination: string) => `Field may only be given when destination_id is ${destination}`,
  partialOnly: "A partial authorization is only accepted when autocomplete is false.",
  phone: "Field must be 9 to 16 digits, with or without a leading plus",
  refundDeclined: "Request failed - The card issuer declined the refund.",
  sortOrder: "Sort order must be ASC or DESC.",
  time: "Field must be a time in RFC 3339 format",
  timeRange: "The end of the time range is before its start.",
  signatureKeyLost: "The signature key cannot be opened with the key that this server was given. Make a new one.",
  tokenUnknown: "Card nonce not found",
  tooHigh: (most: bigint) => `Field must not be greater than ${most}`,
  tooLow: (least: bigint) => `Field must not be less than ${least}`,
  tooLarge: (bytes: number) => `The request body must not be greater than ${bytes} bytes.`,
  tooManySubscriptions: (max: number) => `The merchant already has ${max} webhook subscriptions.`,
  tooManyRefunds: (max: number) => `The payment is not refundable: it already has ${max} refunds.`,
  tooMany: "More is asked than can be written. Nothing was done; the request may be sent again in a moment.",
  unavailable: "The service is not available now. Nothing was done; the request may be sent again.",
  unreadable: (what: string) => `The request cannot be read: ${what}${what.endsWith(".") ? "" : "."}`,
  unsupportedType: (type: string) => `The content type must be application/json, not ${type}.`,
  urlUnknown: "Resource not found.",
  version: "The provided Square-Version is incorrectly formatted. It must be a date such as 2026-09-16.",
} as const;

/** The texts whose words are VERIFIED in the contract; all the others are ours. */
export const SQUARES_OWN: ReadonlySet<string> = new Set<keyof typeof DETAIL>([
  "amountExceedsLeft", "blank", "currencyOfMerchant", "expectedArray", "expectedObject", "inflight", "keyOfOtherAmount", "keyOfOtherPayment", "keyOfOtherRequest",
  "paymentNotFound", "refundNotFound", "tooLong", "unauthorized", "unlinked", "unset", "versionMismatch",
]);

export function paymentNotFound(id: string): SquareError {
  return squareError("NOT_FOUND", DETAIL.paymentNotFound(id));
}

export function subscriptionNotFound(id: string): SquareError {
  return squareError("NOT_FOUND", DETAIL.namedNotFound("webhook subscription", id));
}

type Wording = { readonly [C in RefusalCode]: (refusal: Extract<Refusal, { code: C }>, asked: string) => SquareError };

const amountInvalid = () => squareError("REFUND_AMOUNT_INVALID", DETAIL.amountExceedsLeft, "amount_money.amount");
const notFound = (_refusal: Refusal, asked: string) => paymentNotFound(asked);
const notRefundable = () => squareError("PAYMENT_NOT_REFUNDABLE", DETAIL.notRefundable);
const inflight = ({ payment }: { readonly payment: Payment }) =>
  squareError("BAD_REQUEST", DETAIL.inflight(payment.id, paymentStatus(payment.state)));

/** What the kernel refuses, in Square's words. `asked` is the id as the caller wrote it. */
const REFUSALS: Wording = {
  payment_not_found: notFound,
  payment_differs: notFound,
  version_mismatch: () => squareError("VERSION_MISMATCH", DETAIL.versionMismatch, "version_token"),
  state_forbids: inflight,
  nothing_to_try: inflight,
  // No command of this dialect amends what was not made yet, or names a customer or an instrument on file.
  amendment_forbidden: inflight,
  profile_refused: notFound,
  already_captured: inflight,
  intent_governs: inflight,
  capture_exceeds_authorized: () => squareError("AMOUNT_TOO_HIGH", DETAIL.amountTooHigh),
  already_refunded: amountInvalid,
  nothing_captured: ({ payment }) =>
    payment.state === "authorized"
      ? squareError("REFUND_ERROR_PAYMENT_NEEDS_COMPLETION", DETAIL.needsCompletion)
      : notRefundable(),
  disputed: () => squareError("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", DETAIL.disputed),
  currency_differs: ({ asked, payment }) =>
    squareError("INVALID_VALUE", DETAIL.currencyOfMerchant(payment.currency, asked.currency), "amount_money.currency"),
  amount_exceeds_left: amountInvalid,
  release_in_part: notRefundable,
  too_old: notRefundable,
  too_many_refunds: ({ max }) => squareError("PAYMENT_NOT_REFUNDABLE", DETAIL.tooManyRefunds(max)),
  fee_exceeds_left: () => squareError("INVALID_FEES", DETAIL.fees, "app_fee_money"),
  refund_declined: ({ decline }) => (decline === null ? squareError("REFUND_DECLINED", DETAIL.refundDeclined) : declineError(decline)),
  // No command of this dialect names an address, a refund or a dispute.
  instructions_missing: notRefundable,
  refund_not_found: notFound,
  // No platform speaks this dialect.
  // Nor does it know of customers' cash.
  cash_exceeds_most: notRefundable,
  no_fee: notRefundable,
  no_transfer: notRefundable,
  no_platform: notRefundable,
  terms_exceed_payment: () => squareError("INVALID_FEES", DETAIL.fees, "app_fee_money"),
  refund_state_forbids: notRefundable,
  dispute_not_found: notFound,
  dispute_state_forbids: notRefundable,
  evidence_too_long: notRefundable,
  dispute_not_due: notRefundable,
  not_due: notRefundable,
  payment_not_due: inflight,
  notes_full: ({ max }) => squareError("BAD_REQUEST", DETAIL.tooHigh(BigInt(max))),
};

export function refusalReply(refusal: Refusal, asked: string): Reply {
  return errorReply([wordRefusal(refusal, asked)]);
}

/** Picks the row of the refusal's own code, so that each row is given the facts that it words. */
export function wordRefusal<C extends RefusalCode>(refusal: Extract<Refusal, { code: C }> & { readonly code: C }, asked: string): SquareError {
  return REFUSALS[refusal.code](refusal, asked);
}

const DECLINES: Readonly<Record<Decline, ErrorCode>> = {
  generic_decline: "GENERIC_DECLINE",
  insufficient_funds: "INSUFFICIENT_FUNDS",
  lost_card: "GENERIC_DECLINE",
  stolen_card: "GENERIC_DECLINE",
  expired_card: "INVALID_EXPIRATION",
  incorrect_cvc: "CVV_FAILURE",
  incorrect_postal_code: "ADDRESS_VERIFICATION_FAILURE",
  incorrect_number: "PAN_FAILURE",
  processing_error: "TEMPORARY_ERROR",
  fraudulent: "GENERIC_DECLINE",
  authentication_required: "CARD_DECLINED_VERIFICATION_REQUIRED",
  token_used: "CARD_TOKEN_USED",
  not_permitted: "INSUFFICIENT_PERMISSIONS",
  account_unusable: "ACCOUNT_UNUSABLE",
  account_unknown: "INVALID_ACCOUNT",
  refused_by_buyer: "BUYER_REFUSED_PAYMENT",
};

const BANK_ONLY: readonly Decline[] = ["account_unusable", "account_unknown", "refused_by_buyer"];
const BANK_DECLINES: readonly Decline[] = ["generic_decline", "insufficient_funds", ...BANK_ONLY];

/** What a card, and what a bank, is declined with. */
export const CARD_DECLINE_CODES: readonly ErrorCode[] = [...new Set(Object.values(DECLINES))].filter((code) => !BANK_ONLY.some((decline) => DECLINES[decline] === code));
export const BANK_DECLINE_CODES: readonly ErrorCode[] = BANK_DECLINES.map((decline) => DECLINES[decline]);

/** The text is VERIFIED for the codes of the sandbox; for the other codes it follows the same pattern. */
export function declineError(decline: Decline): SquareError {
  const code = DECLINES[decline];
  return squareError(code, `Authorization error: '${code}'`);
}
