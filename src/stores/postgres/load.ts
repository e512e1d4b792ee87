/** Asks for all that a batch needs in one go: payments under lock, in order, and then what belongs to them. */
import type { Entry } from "../../domain/journal.ts";
import type { Attempt } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import type { KeyRef, LoadedRows, Needs, ProfileRef } from "../../engine/store.ts";
import {
  readAttempt, readDispute, readEntry, readPayment, readProfile, readRefund, readReply, type AttemptRow, type DisputeRow, type EntryRow, type PaymentRow, type ProfileRow, type RefundRow, type ReplyRow, type Value,
} from "../../engine/rows.ts";
import { arrayOf } from "./bulk.ts";
import type { Connection } from "./connection.ts";
import * as statements from "./statements.ts";

type Wanted = { readonly merchant: string; readonly id: string; readonly by: Needs["payments"][number]["by"]; refunds: number; entries: boolean };

/** Sends everything before it waits for anything: call it inside `together`. */
export async function load(connection: Connection, needs: Needs): Promise<LoadedRows> {
  const wanted = wantedOf(needs.payments);
  const named = wanted.filter(({ by }) => by === "attempt");
  const refunded = wanted.filter(({ by }) => by === "refund");
  const disputed = wanted.filter(({ by }) => by === "dispute");
  const byPayment = wanted.every(({ by }) => by === "payment");
  const texts = byPayment ? statements.LOAD_BY_PAYMENT : statements.LOAD_BY_EITHER;
  const values = (of: readonly Wanted[]): Value[] => (byPayment ? namesOf(of) : [...namesOf(of), kinds(of)]);
  const ask = async <Row extends unknown[]>(of: readonly Wanted[], text: string, bound: readonly Value[]): Promise<Row[]> =>
    of.length === 0 ? [] : (await connection.ask<Row>({ text, values: bound })).rows;

  const withRefunds = wanted.filter(({ refunds }) => refunds > 0);
  const withEntries = wanted.filter(({ entries }) => entries);
  const asked = [
    // First, so that all that follows sees what whoever held a lock before us has written.
    ask<PaymentRow>(wanted, texts.lockPayments, values(wanted)),
    ask<AttemptRow>(named, statements.FIND_ATTEMPTS, namesOf(named)),
    ask<AttemptRow>(wanted, texts.latestAttempts, values(wanted)),
    ask<RefundRow>(withRefunds, statements.NEWEST_REFUNDS, [...namesOf(withRefunds), arrayOf(withRefunds.map(({ refunds }) => refunds)), kinds(withRefunds)]),
    ask<EntryRow>(withEntries, texts.captureEntries, values(withEntries)),
    loadReplies(connection, needs.keys),
    ask<RefundRow>(refunded, statements.FIND_REFUNDS, namesOf(refunded)),
    ask<AttemptRow>(refunded, statements.REFUNDED_ATTEMPTS, namesOf(refunded)),
    ask<EntryRow>(withEntries.filter(({ by }) => by === "refund"), statements.ENTRIES_OF_REFUNDS, namesOf(withEntries.filter(({ by }) => by === "refund"))),
    ask<DisputeRow>(disputed, statements.FIND_DISPUTES, namesOf(disputed)),
    ask<EntryRow>(disputed, statements.ENTRIES_OF_DISPUTES, namesOf(disputed)),
  ] as const;
  const profiled = loadProfiles(connection, needs.profiles);
  const [[payments, attempts, latest, refunds, entries, keys, namedRefunds, refundedAttempts, refundEntries, disputes, disputeEntries], profiles] = await Promise.all([Promise.all(asked), profiled]);
  return {
    payments: payments.map(readPayment),
    attempts: onceEach<Attempt>([...attempts, ...refundedAttempts, ...latest].map(readAttempt)),
    namedRefunds: namedRefunds.map(readRefund),
    namedDisputes: disputes.map(readDispute),
    refunds: onceEach<Refund>(refunds.map(readRefund)),
    entries: onceEach<Entry>([...refundEntries, ...disputeEntries, ...entries].map(readEntry)),
    profiles: onceEach<Profile>(profiles.map(readProfile)),
    keys: keys.map(readReply),
  };
}

/** After the payments, and those that may be changed before what comes with them, so that locks are taken in one order everywhere. */
async function loadProfiles(connection: Connection, refs: readonly ProfileRef[]): Promise<ProfileRow[]> {
  if (refs.length === 0) return [];
  const named = onceEach(refs).toSorted((a, b) => compare(a.merchant, b.merchant) || compare(a.id, b.id));
  const ask = async (text: string, of: readonly ProfileRef[]): Promise<ProfileRow[]> => (of.length === 0 ? [] : (await connection.ask<ProfileRow>({ text, values: namesOf(of) })).rows);
  const changing = named.filter(({ merchant, id }) => refs.some((ref) => ref.change && ref.merchant === merchant && ref.id === id));
  const reading = named.filter((ref) => !changing.includes(ref));
  const found = await Promise.all([
    ask(statements.LOCK_PROFILES, changing),
    ask(statements.LOCK_PROFILES_AROUND, changing),
    ask(statements.FIND_PROFILES, reading),
    ask(statements.PROFILES_AROUND, reading),
  ]);
  return found.flat();
}

async function loadReplies(connection: Connection, refs: readonly KeyRef[]): Promise<ReplyRow[]> {
  if (refs.length === 0) return [];
  const distinct = [...new Map(refs.map((ref) => [JSON.stringify([ref.merchant, ref.scope, ref.key]), ref])).values()];
  const values = [arrayOf(distinct.map(({ merchant }) => merchant)), arrayOf(distinct.map(({ scope }) => scope)), arrayOf(distinct.map(({ key }) => key))];
  return (await connection.ask<ReplyRow>({ text: statements.FIND_REPLIES, values })).rows;
}

/** Each name once, with all that anybody wants of it, in the order in which every node takes its locks. */
function wantedOf(needs: Needs["payments"]): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const { merchant, by, id, extras } of needs) {
    const name = `${merchant}/${id}/${by}`;
    const known = wanted.get(name);
    if (known === undefined) wanted.set(name, { merchant, id, by, ...extras });
    else {
      known.refunds = Math.max(known.refunds, extras.refunds);
      known.entries ||= extras.entries;
    }
  }
  return [...wanted.values()].toSorted((a, b) => compare(a.merchant, b.merchant) || compare(a.id, b.id));
}

/** By bytes, as the book does: names are plain ASCII. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function namesOf(rows: readonly { readonly merchant: string; readonly id: string }[]): Value[] {
  return [arrayOf(rows.map(({ merchant }) => merchant)), arrayOf(rows.map(({ id }) => id))];
}

function kinds(wanted: readonly Wanted[]): string {
  return arrayOf(wanted.map(({ by }) => by));
}

/** In the order in which each came first: the newest refunds of a payment may have been asked for twice, and more of them the first time. */
function onceEach<Row extends { readonly merchant: string; readonly id: string }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [`${row.merchant}/${row.id}`, row])).values()];
}
