/** Text from the book back into the kernel's own words: whatever is not one of them is damage, and is said so. */
import { assert } from "../base/assert.ts";
import { currency, type Currency } from "../domain/currency.ts";
import type { Connect, ConnectRole } from "../domain/connected.ts";
import { attemptId, profileId } from "../domain/id.ts";
import type { Event, EventKind, Snapshot } from "../domain/event.ts";
import type { Card, Decline, Instrument, InstrumentKind, Transfer } from "../domain/instrument.ts";
import type { Account, EntryKind, Posting } from "../domain/journal.ts";
import { isMerchantId, type MerchantId } from "../domain/merchant.ts";
import { AMOUNT_MAX } from "../domain/money.ts";
import { NO_NOTES, type Notes } from "../domain/notes.ts";
import type { DisputeReason } from "../domain/dispute.ts";
import type { Deadline, Payment } from "../domain/payment.ts";
import type { ProfileKind, ProfileState } from "../domain/profile.ts";
import type { Refund } from "../domain/refund.ts";
import type { Due } from "./store.ts";
import type { AttemptState, DisputeStanding, DisputeState, PaymentState, RefundFailure, RefundState } from "../domain/states.ts";

/** A reader of one closed list of words. The record makes a forgotten word a compile error. */
export function wordOf<Word extends string>(what: string, words: Readonly<Record<Word, true>>): (text: string) => Word {
  const isWord = (text: string): text is Word => Object.hasOwn(words, text);
  return (text) => {
    assert(isWord(text), `not ${what}: ${text}`);
    return text;
  };
}

export const paymentState = wordOf<PaymentState>("a payment's state", {
  open: true, initiated: true, authorized: true, captured: true, canceled: true, failed: true,
});
export const attemptState = wordOf<AttemptState>("an attempt's state", {
  initiated: true, authorized: true, captured: true, canceled: true, failed: true,
});
export const refundState = wordOf<RefundState>("a refund's state", {
  pending: true, requires_action: true, succeeded: true, rejected: true, failed: true, canceled: true,
});
export const refundFailure = wordOf<RefundFailure>("a reason why a refund failed", { expired_or_canceled_card: true, expired: true });
export const profileKind = wordOf<ProfileKind>("a kind of profile", { customer: true, instrument: true, account: true, endpoint: true });
export const profileState = wordOf<ProfileState>("a profile's state", { active: true, spent: true, deleted: true });
export const origin = wordOf<Payment["origin"]>("an origin", { processed: true, recorded: true });
export const disputeStanding = wordOf<DisputeStanding>("a dispute's standing", { none: true, inquiry: true, chargeback: true });
export const disputeState = wordOf<DisputeState>("a dispute's state", {
  warning_needs_response: true, warning_under_review: true, warning_closed: true, needs_response: true, under_review: true, won: true, lost: true,
});
export const disputeReason = wordOf<DisputeReason>("a reason of a dispute", { fraudulent: true, product_not_received: true, general: true });
export const refundKind = wordOf<Refund["kind"]>("a kind of refund", { refund: true, release: true });
export const channel = wordOf<Refund["channel"]>("a channel", { executed: true, reported: true });
export const instrumentKind = wordOf<InstrumentKind>("a kind of instrument", { card: true, cash: true, external: true, transfer: true });
export const entryKind = wordOf<EntryKind>("a kind of entry", { capture: true, refund: true, refund_failure: true, chargeback: true, chargeback_reversal: true, fee_return: true });
export const account = wordOf<Account>("an account", { clearing: true, outside: true, sales: true, application_fees: true, disputes: true, dispute_fees: true, transfers: true, fee_income: true, cash_balances: true });
export const decline = wordOf<Decline>("a reason to decline", {
  generic_decline: true, insufficient_funds: true, lost_card: true, stolen_card: true, expired_card: true, incorrect_cvc: true,
  incorrect_postal_code: true, incorrect_number: true, processing_error: true, fraudulent: true, authentication_required: true,
  token_used: true, not_permitted: true, account_unusable: true, account_unknown: true, refused_by_buyer: true,
});
export const eventKind = wordOf<EventKind>("a kind of event", {
  "payment.opened": true, "payment.initiated": true, "payment.authorized": true, "payment.captured": true,
  "payment.canceled": true, "payment.failed": true, "payment.described": true, "payment.fee_returned": true, "payment.funded": true, "refund.created": true,
  "refund.described": true, "refund.pending": true, "refund.succeeded": true, "refund.rejected": true, "refund.failed": true, "refund.canceled": true,
  "dispute.warning_needs_response": true, "dispute.warning_under_review": true, "dispute.warning_closed": true, "dispute.needs_response": true,
  "dispute.under_review": true, "dispute.won": true, "dispute.lost": true, "dispute.described": true,
});

const cardBrand = wordOf<Card["brand"]>("a brand of card", {
  visa: true, mastercard: true, amex: true, discover: true, diners: true, jcb: true, unionpay: true, gift: true,
});
const transferMethod = wordOf<Transfer["method"]>("a method of transfer", { konbini: true, promptpay: true, multibanco: true, oxxo: true, customer_balance: true, us_bank_account: true });
export const dueKind = wordOf<Due["what"]>("what can be due", { payment: true, refund: true, dispute: true });
export const deadlineAct = wordOf<Deadline["act"]>("what becomes of a payment by itself", { capture: true, cancel: true });
const funding = wordOf<Card["funding"]>("a card's funding", { credit: true, debit: true, prepaid: true });

export function merchantId(text: string): MerchantId {
  assert(isMerchantId(text), `not a merchant: ${text}`);
  return text;
}

export function currencyCode(text: string): Currency {
  const known = currency(text);
  assert(known !== null, `not a currency: ${text}`);
  return known;
}

/** A whole number that is not an amount: a time, a version, a count. */
export function whole(value: number | bigint): number {
  const number = Number(value);
  assert(Number.isSafeInteger(number), `too great a number: ${value}`);
  return number;
}

/** An amount of minor units. A damaged page may hold anything in its place. */
export function amount(value: number | bigint): bigint {
  assert(typeof value === "bigint" || Number.isSafeInteger(value), `not an amount: ${String(value)}`);
  return BigInt(value);
}

export function nullable<In, Out>(value: In | null, read: (value: In) => Out): Out | null {
  return value === null ? null : read(value);
}

export function notesText(notes: Notes): string {
  return notes === NO_NOTES ? "{}" : JSON.stringify(notes);
}

export function readNotes(text: string): Notes {
  if (text === "{}") return NO_NOTES;
  const value = parsed(text);
  assert(isNotes(value), "notes are not a record of texts");
  return value;
}

function isNotes(value: unknown): value is Notes {
  return isRecord(value) && Object.values(value).every((note) => typeof note === "string");
}

/** Many attempts are made with the same card: what was read once need not be read again. */
const known = new Map<string, Instrument>();
const KNOWN_MAX = 1_000;

export function readInstrument(text: string): Instrument {
  const before = known.get(text);
  if (before !== undefined) return before;
  const instrument = parseInstrument(text);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, instrument);
  return instrument;
}

function parseInstrument(text: string): Instrument {
  const value = parsed(text);
  assert(isRecord(value), "an instrument is not a record");
  const kind = instrumentKind(textIn(value, "kind"));
  switch (kind) {
    case "cash":
      return { kind };
    case "external":
      return { kind, label: textIn(value, "label"), type: value["type"] === null ? null : textIn(value, "type") };
    case "transfer":
      return { kind, method: transferMethod(textIn(value, "method")) };
    case "card":
      return {
        kind,
        brand: cardBrand(textIn(value, "brand")),
        last4: textIn(value, "last4"),
        bin: textIn(value, "bin"),
        expMonth: numberIn(value, "expMonth"),
        expYear: numberIn(value, "expYear"),
        funding: funding(textIn(value, "funding")),
        country: textIn(value, "country"),
        fingerprint: textIn(value, "fingerprint"),
      };
  }
}

/** `[["sales","clearing",100]]`. An amount is at most 2^53-1, so the JSON number is exact. */
export function postingsText(postings: readonly Posting[]): string {
  for (const { debit, credit, amount: moved } of postings) {
    assert(moved > 0n && moved <= AMOUNT_MAX && debit !== credit, `a posting of ${moved} from ${debit} to ${credit}`);
  }
  return `[${postings.map(({ debit, credit, amount: moved }) => `["${debit}","${credit}",${moved}]`).join(",")}]`;
}

export function readPostings(text: string): Posting[] {
  const value = parsed(text);
  assert(Array.isArray(value), "postings are not a list");
  return value.map((posting: unknown) => {
    assert(Array.isArray(posting) && posting.length === 3, "a posting is not of three parts");
    const [debit, credit, moved]: unknown[] = posting;
    assert(typeof debit === "string" && typeof credit === "string" && Number.isSafeInteger(moved), "a posting cannot be read");
    return { debit: account(debit), credit: account(credit), amount: BigInt(Number(moved)) };
  });
}

/** Amounts go as text, so that no reader of the JSON can round them. What is charged back is said where there is any, and so is what a sender wrote. */
export function snapshotText({ state, authorized, captured, refunded, pending, disputed, feeTaken, feeReturned, reference }: Event["after"]): string {
  const chargedBack = disputed === 0n ? "" : `,"disputed":"${disputed}"`;
  const written = reference === undefined ? "" : `,"reference":${JSON.stringify(reference)}`;
  return `{"state":"${state}","authorized":"${authorized}","captured":"${captured}","refunded":"${refunded}","pending":"${pending}","feeTaken":"${feeTaken}","feeReturned":"${feeReturned}"${chargedBack}${written}}`;
}

export function readSnapshot(text: string): Snapshot {
  const value = parsed(text);
  assert(isRecord(value), "a snapshot is not a record");
  return {
    state: paymentState(textIn(value, "state")),
    authorized: amountIn(value, "authorized"),
    captured: amountIn(value, "captured"),
    refunded: amountIn(value, "refunded"),
    pending: amountIn(value, "pending"),
    disputed: value["disputed"] === undefined ? 0n : amountIn(value, "disputed"),
    feeTaken: amountIn(value, "feeTaken"),
    feeReturned: amountIn(value, "feeReturned"),
    ...(value["reference"] === undefined ? {} : { reference: textIn(value, "reference") }),
  };
}

const connectRole = wordOf<ConnectRole>("what a payment has to do with a platform", { charge: true, destination: true, transfer: true, received: true, fee: true, cash: true, unlinked: true });

export function connectText({ role, platform, account, transfer, fee, of, group }: Connect): string {
  return JSON.stringify({ role, platform, account, transfer: transfer === null ? null : String(transfer), fee: String(fee), of, group });
}

export function readConnect(text: string): Connect {
  const value = parsed(text);
  assert(isRecord(value), "what a platform has to do with a payment is not a record");
  const { of } = value;
  assert(of === null || isRecord(of), "the charge that money is of is not a record");
  return {
    role: connectRole(textIn(value, "role")),
    platform: merchantId(textIn(value, "platform")),
    account: profileId(textIn(value, "account")),
    transfer: value["transfer"] === null ? null : amountIn(value, "transfer"),
    fee: amountIn(value, "fee"),
    of: of === null ? null : { merchant: merchantId(textIn(of, "merchant")), attempt: attemptId(textIn(of, "attempt")) },
    group: value["group"] === null ? null : textIn(value, "group"),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  assert(typeof value === "string", `${name} is not a text`);
  return value;
}

function numberIn(record: Readonly<Record<string, unknown>>, name: string): number {
  const value = record[name];
  assert(typeof value === "number", `${name} is not a number`);
  return value;
}

const DIGITS = /^[0-9]{1,19}$/;

function amountIn(record: Readonly<Record<string, unknown>>, name: string): bigint {
  const text = textIn(record, name);
  assert(DIGITS.test(text), `${name} is not an amount`);
  return BigInt(text);
}
