/**
 * The rows of every SQL store: the columns of each table in one order, with the two ways between a row and the kernel's own
 * value. Rows are read as arrays: the columns of a hot row cost more by name than the whole look-up does.
 */
import { sha256 } from "../base/hash.ts";
import type { Dispute } from "../domain/dispute.ts";
import { attemptId, disputeId, entryId, paymentId, profileId, refundId } from "../domain/id.ts";
import type { Entry } from "../domain/journal.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import { instrumentType, type Profile } from "../domain/profile.ts";
import type { Refund } from "../domain/refund.ts";
import type { Due, StoredReply } from "./store.ts";
import {
  amount, attemptState, channel, connectText, readConnect, currencyCode, decline, disputeReason, disputeStanding, disputeState, dueKind, entryKind, instrumentKind, merchantId,
  notesText, nullable, deadlineAct, origin, paymentState, postingsText, profileKind, profileState, readInstrument, readNotes, readPostings, refundFailure, refundKind, refundState, whole,
} from "./row-values.ts";

/** What can be bound. */
export type Value = string | number | bigint | null;
/** How a store reads an integer: as a number, whose safety is then checked, or as a bigint. */
export type Whole = number | bigint;

export const PAYMENT_COLUMNS =
  "merchant, id, created_at, updated_at, version, state, origin, intent, currency, requested, authorized, captured, refunded, " +
  "pending, fee_taken, fee_returned, dispute, attempts, refunds, entries, journal_head, latest_attempt, capture_entry, " +
  "captured_at, reference, customer, on_file, notes, disputed, dispute_id, connect, to_capture, due, due_act";

export type PaymentRow = [
  merchant: string, id: string, createdAt: Whole, updatedAt: Whole, version: Whole, state: string, origin: string,
  intent: Whole, currency: string, requested: Whole, authorized: Whole, captured: Whole, refunded: Whole, pending: Whole,
  feeTaken: Whole, feeReturned: Whole, dispute: string, attempts: Whole, refunds: Whole, entries: Whole, journalHead: string,
  latestAttempt: string | null, captureEntry: string | null, capturedAt: Whole | null, reference: string | null,
  customer: string | null, onFile: string | null, notes: string,
  disputed: Whole, disputeId: string | null, connect: string | null, toCapture: Whole | null, due: Whole | null, dueAct: string | null,
];

export function readPayment(row: PaymentRow): Payment {
  return {
    merchant: merchantId(row[0]),
    id: paymentId(row[1]),
    createdAt: whole(row[2]),
    updatedAt: whole(row[3]),
    version: whole(row[4]),
    state: paymentState(row[5]),
    origin: origin(row[6]),
    intent: whole(row[7]) === 1,
    currency: currencyCode(row[8]),
    requested: amount(row[9]),
    authorized: amount(row[10]),
    captured: amount(row[11]),
    refunded: amount(row[12]),
    pending: amount(row[13]),
    feeTaken: amount(row[14]),
    feeReturned: amount(row[15]),
    dispute: disputeStanding(row[16]),
    attempts: whole(row[17]),
    refunds: whole(row[18]),
    entries: whole(row[19]),
    journalHead: row[20],
    latestAttempt: nullable(row[21], attemptId),
    captureEntry: nullable(row[22], entryId),
    capturedAt: nullable(row[23], whole),
    reference: row[24],
    customer: nullable(row[25], profileId),
    onFile: nullable(row[26], profileId),
    notes: readNotes(row[27]),
    disputed: amount(row[28]),
    disputeId: nullable(row[29], disputeId),
    connect: nullable(row[30], readConnect),
    toCapture: nullable(row[31], amount),
    deadline: row[32] === null || row[33] === null ? null : { at: whole(row[32]), act: deadlineAct(row[33]) },
  };
}

export function paymentRow(payment: Payment): Value[] {
  const { merchant, id, createdAt, currency, requested, reference, intent } = payment;
  return [
    merchant, id, createdAt, payment.updatedAt, payment.version, payment.state, payment.origin, intent ? 1 : 0, currency,
    requested, payment.authorized, payment.captured, payment.refunded, payment.pending, payment.feeTaken, payment.feeReturned,
    payment.dispute, payment.attempts, payment.refunds, payment.entries, payment.journalHead, payment.latestAttempt,
    payment.captureEntry, payment.capturedAt, reference, payment.customer, payment.onFile, notesText(payment.notes), payment.disputed, payment.disputeId,
    nullable(payment.connect, connectText), payment.toCapture, payment.deadline?.at ?? null, payment.deadline?.act ?? null,
  ];
}

/** What a change may change, in this order; then the row's name and the version that it must still have. */
export const PAYMENT_CHANGES =
  "updated_at = ?, version = ?, state = ?, currency = ?, requested = ?, authorized = ?, captured = ?, refunded = ?, pending = ?, fee_taken = ?, " +
  "fee_returned = ?, dispute = ?, attempts = ?, refunds = ?, entries = ?, journal_head = ?, latest_attempt = ?, " +
  "capture_entry = ?, captured_at = ?, customer = ?, on_file = ?, notes = ?, disputed = ?, dispute_id = ?, connect = ?, to_capture = ?, due = ?, due_act = ?";

export function paymentChange(payment: Payment, loadedVersion: number): Value[] {
  return [
    payment.updatedAt, payment.version, payment.state, payment.currency, payment.requested, payment.authorized, payment.captured, payment.refunded, payment.pending,
    payment.feeTaken, payment.feeReturned, payment.dispute, payment.attempts, payment.refunds, payment.entries,
    payment.journalHead, payment.latestAttempt, payment.captureEntry, payment.capturedAt, payment.customer, payment.onFile, notesText(payment.notes),
    payment.disputed, payment.disputeId, nullable(payment.connect, connectText), payment.toCapture, payment.deadline?.at ?? null, payment.deadline?.act ?? null, payment.merchant, payment.id, loadedVersion,
  ];
}

/** What a refund changes of its payment, and no more. */
export const REFUNDED_CHANGES =
  "updated_at = ?, version = ?, refunded = ?, pending = ?, fee_returned = ?, refunds = ?, entries = ?, journal_head = ?";

export function refundedChange(payment: Payment, loadedVersion: number): Value[] {
  return [
    payment.updatedAt, payment.version, payment.refunded, payment.pending, payment.feeReturned, payment.refunds, payment.entries,
    payment.journalHead, payment.merchant, payment.id, loadedVersion,
  ];
}

/** A refund changes few columns of its payment, and each that is named costs its checks again. Whether nothing differs but what `refundedChange` writes. */
export function isOnlyRefunded(payment: Payment, loaded: Payment): boolean {
  return (
    payment.notes === loaded.notes &&
    payment.state === loaded.state &&
    payment.customer === loaded.customer &&
    payment.onFile === loaded.onFile &&
    payment.connect === loaded.connect &&
    payment.toCapture === loaded.toCapture &&
    payment.deadline === loaded.deadline &&
    payment.currency === loaded.currency &&
    payment.requested === loaded.requested &&
    payment.authorized === loaded.authorized &&
    payment.captured === loaded.captured &&
    payment.feeTaken === loaded.feeTaken &&
    payment.dispute === loaded.dispute &&
    payment.disputed === loaded.disputed &&
    payment.disputeId === loaded.disputeId &&
    payment.attempts === loaded.attempts &&
    payment.latestAttempt === loaded.latestAttempt &&
    payment.captureEntry === loaded.captureEntry &&
    payment.capturedAt === loaded.capturedAt
  );
}

export const ATTEMPT_COLUMNS =
  "merchant, id, payment_id, created_at, updated_at, state, processed, instrument, decline, customer, on_file, requested, currency, notes";

export type AttemptRow = [
  merchant: string, id: string, paymentId: string, createdAt: Whole, updatedAt: Whole, state: string, processed: Whole,
  instrument: string, decline: string | null, customer: string | null, onFile: string | null, requested: Whole | null, currency: string | null, notes: string,
];

export function readAttempt(row: AttemptRow): Attempt {
  return {
    merchant: merchantId(row[0]),
    id: attemptId(row[1]),
    paymentId: paymentId(row[2]),
    createdAt: whole(row[3]),
    updatedAt: whole(row[4]),
    state: attemptState(row[5]),
    processed: whole(row[6]) === 1,
    instrument: readInstrument(row[7]),
    decline: nullable(row[8], decline),
    customer: nullable(row[9], profileId),
    onFile: nullable(row[10], profileId),
    requested: row[11] === null || row[12] === null ? null : { amount: amount(row[11]), currency: currencyCode(row[12]) },
    notes: readNotes(row[13]),
  };
}

export function attemptRow(attempt: Attempt): Value[] {
  return [
    attempt.merchant, attempt.id, attempt.paymentId, attempt.createdAt, attempt.updatedAt, attempt.state,
    attempt.processed ? 1 : 0, JSON.stringify(attempt.instrument), attempt.decline, attempt.customer, attempt.onFile,
    attempt.requested?.amount ?? null, attempt.requested?.currency ?? null, notesText(attempt.notes),
  ];
}

export const ATTEMPT_CHANGES = "updated_at = ?, state = ?, instrument = ?, decline = ?, customer = ?, notes = ?";

export function attemptChange(attempt: Attempt): Value[] {
  const { updatedAt, state, instrument, notes, merchant, id } = attempt;
  return [updatedAt, state, JSON.stringify(instrument), attempt.decline, attempt.customer, notesText(notes), merchant, id];
}

export const REFUND_COLUMNS =
  "merchant, id, payment_id, attempt_id, created_at, updated_at, state, kind, channel, instrument, currency, amount, " +
  "fee_returned, reference, entry_id, due, failure, failure_entry_id, notes, reversed";

export type RefundRow = [
  merchant: string, id: string, paymentId: string, attemptId: string, createdAt: Whole, updatedAt: Whole, state: string,
  kind: string, channel: string, instrument: string, currency: string, amount: Whole, feeReturned: Whole,
  reference: string | null, entryId: string | null, due: Whole | null, failure: string | null, failureEntryId: string | null, notes: string, reversed: Whole | null,
];

export function readRefund(row: RefundRow): Refund {
  return {
    merchant: merchantId(row[0]),
    id: refundId(row[1]),
    paymentId: paymentId(row[2]),
    attemptId: attemptId(row[3]),
    createdAt: whole(row[4]),
    updatedAt: whole(row[5]),
    state: refundState(row[6]),
    kind: refundKind(row[7]),
    channel: channel(row[8]),
    instrument: instrumentKind(row[9]),
    currency: currencyCode(row[10]),
    amount: amount(row[11]),
    feeReturned: amount(row[12]),
    reference: row[13],
    entryId: nullable(row[14], entryId),
    due: nullable(row[15], whole),
    failure: nullable(row[16], refundFailure),
    failureEntryId: nullable(row[17], entryId),
    notes: readNotes(row[18]),
    reversed: nullable(row[19], amount),
  };
}

export function refundRow(refund: Refund): Value[] {
  return [
    refund.merchant, refund.id, refund.paymentId, refund.attemptId, refund.createdAt, refund.updatedAt, refund.state,
    refund.kind, refund.channel, refund.instrument, refund.currency, refund.amount, refund.feeReturned, refund.reference,
    refund.entryId, refund.due, refund.failure, refund.failureEntryId, notesText(refund.notes), refund.reversed,
  ];
}

/** What may change of a refund, in this order; then its name. */
export const REFUND_CHANGES = "updated_at = ?, state = ?, entry_id = ?, due = ?, failure = ?, failure_entry_id = ?, notes = ?";

export function refundChange({ updatedAt, state, entryId: entry, due, failure, failureEntryId, notes, merchant, id }: Refund): Value[] {
  return [updatedAt, state, entry, due, failure, failureEntryId, notesText(notes), merchant, id];
}

export const DISPUTE_COLUMNS =
  "merchant, id, payment_id, attempt_id, created_at, updated_at, state, reason, network_reason, currency, amount, fee, respond_by, " +
  "submissions, due, entry_id, reversal_entry_id, evidence, notes";

export type DisputeRow = [
  merchant: string, id: string, paymentId: string, attemptId: string, createdAt: Whole, updatedAt: Whole, state: string,
  reason: string, networkReason: string | null, currency: string, amount: Whole, fee: Whole, respondBy: Whole, submissions: Whole,
  due: Whole | null, entryId: string | null, reversalEntryId: string | null, evidence: string, notes: string,
];

export function readDispute(row: DisputeRow): Dispute {
  return {
    merchant: merchantId(row[0]),
    id: disputeId(row[1]),
    paymentId: paymentId(row[2]),
    attemptId: attemptId(row[3]),
    createdAt: whole(row[4]),
    updatedAt: whole(row[5]),
    state: disputeState(row[6]),
    reason: disputeReason(row[7]),
    networkReason: row[8],
    currency: currencyCode(row[9]),
    amount: amount(row[10]),
    fee: amount(row[11]),
    respondBy: whole(row[12]),
    submissions: whole(row[13]),
    due: nullable(row[14], whole),
    entryId: nullable(row[15], entryId),
    reversalEntryId: nullable(row[16], entryId),
    evidence: readNotes(row[17]),
    notes: readNotes(row[18]),
  };
}

export function disputeRow(dispute: Dispute): Value[] {
  return [
    dispute.merchant, dispute.id, dispute.paymentId, dispute.attemptId, dispute.createdAt, dispute.updatedAt, dispute.state,
    dispute.reason, dispute.networkReason, dispute.currency, dispute.amount, dispute.fee, dispute.respondBy, dispute.submissions,
    dispute.due, dispute.entryId, dispute.reversalEntryId, notesText(dispute.evidence), notesText(dispute.notes),
  ];
}

/** What may change of a dispute, in this order; then its name. */
export const DISPUTE_CHANGES =
  "updated_at = ?, state = ?, amount = ?, fee = ?, respond_by = ?, submissions = ?, due = ?, entry_id = ?, reversal_entry_id = ?, evidence = ?, notes = ?";

export function disputeChange(dispute: Dispute): Value[] {
  const { updatedAt, state, amount: of, fee, respondBy, submissions, due, entryId: entry, reversalEntryId, evidence, notes, merchant, id } = dispute;
  return [updatedAt, state, of, fee, respondBy, submissions, due, entry, reversalEntryId, notesText(evidence), notesText(notes), merchant, id];
}

export const ENTRY_COLUMNS = "merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash";

export type EntryRow = [
  merchant: string, id: string, paymentId: string, number: Whole, kind: string, refundId: string | null, createdAt: Whole,
  currency: string, postings: string, hash: string,
];

export function readEntry(row: EntryRow): Entry {
  return {
    merchant: merchantId(row[0]),
    id: entryId(row[1]),
    paymentId: paymentId(row[2]),
    number: whole(row[3]),
    kind: entryKind(row[4]),
    refundId: nullable(row[5], refundId),
    createdAt: whole(row[6]),
    currency: currencyCode(row[7]),
    postings: readPostings(row[8]),
    hash: row[9],
  };
}

export function entryRow(entry: Entry): Value[] {
  const { merchant, id, paymentId, number, kind, refundId, createdAt, currency, postings, hash } = entry;
  return [merchant, id, paymentId, number, kind, refundId, createdAt, currency, postingsText(postings), hash];
}

export const REPLY_COLUMNS = "merchant, scope, key, path, fingerprint, status, body, request_id, created_at, hash";

export type ReplyRow = [
  merchant: string, scope: string, key: string, path: string, fingerprint: string, status: Whole, body: string,
  requestId: string, createdAt: Whole, hash: string,
];

export function readReply(row: ReplyRow): StoredReply {
  const [merchant, scope, key, path, fingerprint, status, body, requestId, createdAt] = row;
  return {
    merchant: merchantId(merchant), scope, key, path, fingerprint, status: whole(status), body, requestId, createdAt: whole(createdAt),
  };
}

export function replyRow(reply: StoredReply): Value[] {
  const { merchant, scope, key, path, fingerprint, status, body, requestId, createdAt } = reply;
  return [merchant, scope, key, path, fingerprint, status, body, requestId, createdAt, replyHash(reply)];
}

/** `type` is the instrument's, for the lists that look for it, or the wire API of an endpoint. */
export const PROFILE_COLUMNS = "merchant, id, kind, created_at, updated_at, version, state, owner, preferred, email, type, instrument, token, notes";

export type ProfileRow = [
  merchant: string, id: string, kind: string, createdAt: Whole, updatedAt: Whole, version: Whole, state: string, owner: string | null,
  preferred: string | null, email: string | null, type: string | null, instrument: string | null, token: string | null, notes: string,
];

export function readProfile(row: ProfileRow): Profile {
  return {
    merchant: merchantId(row[0]),
    id: profileId(row[1]),
    kind: profileKind(row[2]),
    createdAt: whole(row[3]),
    updatedAt: whole(row[4]),
    version: whole(row[5]),
    state: profileState(row[6]),
    owner: nullable(row[7], profileId),
    preferred: nullable(row[8], profileId),
    email: row[9],
    instrument: nullable(row[11], readInstrument),
    token: row[12],
    dialect: row[11] === null ? row[10] : null,
    notes: readNotes(row[13]),
  };
}

export function profileRow(profile: Profile): Value[] {
  const { merchant, id, kind, createdAt, updatedAt, version, state, owner, preferred, email, instrument, token, notes } = profile;
  const type = instrument === null ? profile.dialect : instrumentType(instrument);
  return [merchant, id, kind, createdAt, updatedAt, version, state, owner, preferred, email, type, nullable(instrument, JSON.stringify), token, notesText(notes)];
}

/** What may change of a profile, in this order; then its name and the version that it must still have. */
export const PROFILE_CHANGES = "updated_at = ?, version = ?, state = ?, owner = ?, preferred = ?, email = ?, notes = ?";

export function profileChange({ updatedAt, version, state, owner, preferred, email, notes, merchant, id }: Profile, loadedVersion: number): Value[] {
  return [updatedAt, version, state, owner, preferred, email, notesText(notes), merchant, id, loadedVersion];
}

/** No more is kept of an API key than its SHA-256. */
export const API_KEY_COLUMNS = "key_hash, merchant, created_at";

/**
 * SHA-256 over every field: a reply is money that is not refunded twice, and no sum of the book would miss a changed one.
 * The key and the body may hold anything, so the key's length stands before it, and the body comes last.
 */
export function replyHash({ merchant, scope, key, path, fingerprint, status, body, requestId, createdAt }: StoredReply): string {
  return sha256([merchant, scope, path, fingerprint, status, requestId, createdAt, key.length, key, body].join("\n"));
}

export type DueRow = [what: string, merchant: string, id: string];

/** What happens next, as the stores list it. */
export function readDue([what, merchant, id]: DueRow): Due {
  const of = { merchant: merchantId(merchant) };
  switch (dueKind(what)) {
    case "payment":
      return { ...of, what: "payment", id: paymentId(id) };
    case "refund":
      return { ...of, what: "refund", id: refundId(id) };
    case "dispute":
      return { ...of, what: "dispute", id: disputeId(id) };
  }
}
