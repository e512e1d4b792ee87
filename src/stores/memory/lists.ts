/** Lists in memory: a span of ids found by halving, walked in the asked order until the page is full. */
import { idFloor, timeOf } from "../../domain/id.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Event } from "../../domain/event.ts";
import type { Entry } from "../../domain/journal.ts";
import { isProcessed, movementOf } from "../../domain/movement.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import { instrumentType, type Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import {
  DAY_MS, type AttemptQuery, type DaySum, type DisputeQuery, type EntryQuery, type EntrySpan, type EntrySums, type EventQuery, type Page, type PaymentQuery, type ProfileQuery, type RefundQuery,
} from "../../engine/views.ts";
import { MOST } from "../../engine/id-range.ts";
import { firstAbove, type Ordered, type Shelf } from "./shelf.ts";

/** Entries that are added up at once. */
const SUMMED_MAX = 1_000;

export function listPayments({ payments }: Shelf, { page, intent, customer = null }: PaymentQuery): Payment[] {
  return walk(payments, page, (payment) => (!intent || payment.intent) && (customer === null || payment.customer === customer));
}

export function listAttempts({ attempts, attemptsOf }: Shelf, { page, paymentId, processed, customer = null }: AttemptQuery): Attempt[] {
  const among = paymentId === null ? attempts.ids() : attemptsOf.of(paymentId).toSorted();
  return walk(attempts, page, (attempt) => (!processed || attempt.processed) && (customer === null || attempt.customer === customer), among);
}

export function listRefunds(shelf: Shelf, query: RefundQuery): Refund[] {
  const { refunds, refundsOf, attempts } = shelf;
  const { page, paymentId, attemptId, updated } = query;
  const of = paymentId ?? (attemptId === null ? null : (attempts.get(attemptId)?.paymentId ?? ""));
  const among = of === null ? refunds.ids() : refundsOf.of(of).toSorted();
  const isAsked = (refund: Refund) => asksFor(query, refund);
  if (!updated?.sort) return walk(refunds, page, isAsked, among);
  const all = walk(refunds, { ...page, after: null, limit: Infinity }, isAsked, among);
  return byChange(all, page, page.after === null ? null : { at: updated.after ?? timeOf(page.after), id: page.after });
}

export function listDisputes({ disputes, disputeOf }: Shelf, { page, paymentId }: DisputeQuery): Dispute[] {
  const of = paymentId === null ? undefined : disputeOf.get(paymentId);
  const among = paymentId === null ? disputes.ids() : of === undefined ? [] : [of];
  return walk(disputes, page, () => true, among);
}

export function listProfiles({ profiles }: Shelf, query: ProfileQuery): Profile[] {
  return walk(profiles, query.page, (profile) => {
    if (query.of === "customers") return profile.kind === "customer" && profile.state === "active" && (query.email === null || profile.email === query.email);
    if (query.of === "accounts") return profile.kind === "account";
    if (query.of === "endpoints") return profile.kind === "endpoint" && profile.state === "active" && (query.dialect === null || profile.dialect === query.dialect);
    return profile.owner === query.owner && (query.type === null || (profile.instrument !== null && instrumentType(profile.instrument) === query.type));
  });
}

export function listEntries({ entries }: Shelf, { page, kinds, currency, ids }: EntryQuery): Entry[] {
  const isAsked = (entry: Entry) => isProcessed(entry) && kinds.includes(entry.kind) && (currency === null || entry.currency === currency);
  return walk(entries, page, isAsked, ids === null ? entries.ids() : [...new Set(ids)].toSorted());
}

export function listEvents({ events, eventsOf }: Shelf, { page, kinds: among = null, of }: EventQuery): Event[] {
  if (of === null) return walk(events, page, ({ kind }) => among === null || among.includes(kind));
  const { paymentId, kinds, id } = of;
  const ofPayment = eventsOf.of(paymentId).flatMap((event) => (id === null || event.id === id ? event.id : []));
  return walk(events, page, ({ kind }) => kinds.includes(kind), ofPayment.toSorted());
}

export function sumEntries({ entries }: Shelf, { after, below }: EntrySpan): EntrySums {
  const ids = entries.ids();
  const first = firstAbove(ids, after);
  const page = ids.slice(first, first + SUMMED_MAX).filter((id) => id < below);
  const found = page.flatMap((id) => entries.get(id) ?? []).filter(isProcessed);
  const sums: DaySum[] = found.map((entry) => ({ currency: entry.currency, day: Math.floor(entry.createdAt / DAY_MS), net: movementOf(entry).net }));
  return { sums, last: page.at(-1) ?? null, more: page.length === SUMMED_MAX };
}

function asksFor({ attemptId, states, instruments, updated }: RefundQuery, refund: Refund): boolean {
  if (attemptId !== null && refund.attemptId !== attemptId) return false;
  if (states !== null && !states.includes(refund.state)) return false;
  if (instruments !== null && !instruments.includes(refund.instrument)) return false;
  if (updated === null) return true;
  const { from, until } = updated;
  return (from === null || refund.updatedAt >= from) && (until === null || refund.updatedAt < until);
}

type Mark = { readonly at: number; readonly id: string };

function byChange(refunds: readonly Refund[], page: Page, after: Mark | null): Refund[] {
  const sign = page.order === "newest" ? -1 : 1;
  const compare = (a: Mark, b: Mark) => sign * (a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const markOf = (refund: Refund): Mark => ({ at: refund.updatedAt, id: refund.id });
  return refunds
    .filter((refund) => after === null || compare(markOf(refund), after) > 0)
    .toSorted((a, b) => compare(markOf(a), markOf(b)))
    .slice(0, page.limit);
}

function walk<Row extends { readonly id: string }>(
  rows: Ordered<Row>,
  { order, after, from, until, limit }: Page,
  isAsked: (row: Row) => boolean,
  ids: readonly string[] = rows.ids(),
): Row[] {
  const newest = order === "newest";
  const floor = from === null ? "" : idFloor(from);
  const ceiling = until === null ? MOST : idFloor(until);
  const lower = !newest && after !== null && after > floor ? after : floor;
  const upper = newest && after !== null && after < ceiling ? after : ceiling;
  const first = firstAbove(ids, lower);
  let last = firstAbove(ids, upper) - 1;
  if (ids[last] === upper) last--;
  const found: Row[] = [];
  for (let i = newest ? last : first; i >= first && i <= last && found.length < limit; i += newest ? -1 : 1) {
    const row = rows.get(ids[i] ?? null);
    if (row !== undefined && isAsked(row)) found.push(row);
  }
  return found;
}
