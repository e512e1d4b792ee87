/**
 * Copies a whole book, and can be broken off anywhere. Rows are written in the order of their keys, a batch being one transaction:
 * so the last row that stands in the target is itself the place at which a later run goes on, and nothing can be written twice.
 * What was copied is then held against the source row by row, and proved; only then does the target lose its mark.
 */
import { sha256 } from "../base/hash.ts";
import { compareBooks, type Difference } from "./compare-books.ts";
import type { CopyTarget, Sight } from "./sight.ts";
import { keyOf, TABLES, type Key, type Row, type Table } from "./tables.ts";
import { verifyBook, type Progress, type Verification } from "./verify.ts";

/** One transaction, and what is held in memory of each book at a time. */
export const BATCH_ROWS = 2_000;

export type CopyProgress = Progress & { readonly phase: "copying" | "comparing" | "proving" };

export type CopyOptions = {
  /** The name of the source, for people. */
  readonly name: string;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly rows?: number;
};

/** How many rows a table has by the end, and how many of them this run has written. */
export type Copied = { readonly table: string; readonly rows: number; readonly written: number };

export type CopyResult =
  | { readonly outcome: "copied"; readonly tables: readonly Copied[]; readonly proof: Verification }
  /** The target holds rows that no copy brought there. Nothing was changed. */
  | { readonly outcome: "foreign" }
  /** The target holds the beginning of a copy of another book, or of this one before it changed. Nothing was changed. */
  | { readonly outcome: "begun_otherwise"; readonly begunFrom: string }
  /** A guard of the target does not let rows in that the source has. */
  | { readonly outcome: "refused"; readonly table: string; readonly first: Key; readonly why: string }
  | { readonly outcome: "unequal"; readonly differences: readonly Difference[] }
  /** The source holds more rows than are found in it by their keys: it is damaged, and the copy lacks what is not found. */
  | { readonly outcome: "lost"; readonly rows: number; readonly found: number }
  /** Equal to the source, which then is not sound either. */
  | { readonly outcome: "unsound"; readonly proof: Verification };

/** What a book holds of each table. */
type Survey = readonly { readonly table: Table; readonly rows: number; readonly lastKey: Key | null }[];

/** Rejects with `StoreUnavailable` when one of the books cannot be reached any more: what was written stays, and another run goes on there. */
export async function copyBook(source: Sight, target: CopyTarget, { name, onProgress, rows = BATCH_ROWS }: CopyOptions): Promise<CopyResult> {
  const whole = await surveyOf(source);
  const fingerprint = await fingerprintOf(source, whole);
  const mark = await target.mark();
  if (mark !== null && mark.source !== fingerprint) return { outcome: "begun_otherwise", begunFrom: mark.begunFrom };
  if (mark !== null) await target.resume();
  const before = await using(await target.sight(), async (sight) => {
    const found = await surveyOf(sight);
    const isOurs = mark !== null || total(found) === 0 || (await fingerprintOf(sight, found)) === fingerprint;
    return isOurs ? found : null;
  });
  if (before === null) return { outcome: "foreign" };
  // A book that is whole and has no mark was finished by a run that could not tell it any more: it is compared and proved again.
  if (mark === null && total(before) === 0) await target.begin({ source: fingerprint, begunFrom: name });

  const all = total(whole);
  let done = total(before);
  onProgress({ phase: "copying", done, total: all });
  for (const { table, lastKey } of before) {
    const refusal = await copyTable(source, target, { table, after: lastKey, rows }, (written) => {
      done += written;
      onProgress({ phase: "copying", done, total: all });
    });
    if (refusal !== null) return { outcome: "refused", table: table.table, ...refusal };
  }
  return finish(source, target, { whole, before, rows, onProgress });
}

type Walk = { readonly table: Table; readonly after: Key | null; readonly rows: number };

async function copyTable(source: Sight, target: CopyTarget, { table, after, rows }: Walk, onWritten: (rows: number) => void): Promise<{ readonly first: Key; readonly why: string } | null> {
  let page = await source.page(table, after, rows);
  for (let [first, last] = ends(page); first !== undefined && last !== undefined; [first, last] = ends(page)) {
    // The next page is asked for before this one is written: where the source answers from elsewhere, both go on at once.
    const [following, why] = await Promise.all([source.page(table, keyOf(table, last), rows), target.write(table, page)]);
    if (why !== null) return { first: keyOf(table, first), why };
    onWritten(page.length);
    page = following;
  }
  return null;
}

type Ending = { readonly whole: Survey; readonly before: Survey; readonly rows: number; readonly onProgress: (progress: CopyProgress) => void };

async function finish(source: Sight, target: CopyTarget, { whole, before, rows, onProgress }: Ending): Promise<CopyResult> {
  const all = total(whole);
  onProgress({ phase: "comparing", done: 0, total: all });
  const onRows = (done: number) => onProgress({ phase: "comparing", done, total: all });
  const { differences, equal } = await using(await target.sight(), (sight) => compareBooks(source, sight, { rows, onRows }));
  if (differences.length > 0) return { outcome: "unequal", differences };
  if (equal !== all) return { outcome: "lost", rows: all, found: equal };
  const proof = await using(await target.openBook(), (book) => verifyBook(book, (progress) => onProgress({ phase: "proving", ...progress })));
  if (!proof.sound) return { outcome: "unsound", proof };
  await target.finish();
  return {
    outcome: "copied",
    tables: whole.map(({ table, rows: count }, i) => ({ table: table.table, rows: count, written: count - (before[i]?.rows ?? 0) })),
    proof,
  };
}

function ends(page: readonly Row[]): [first: Row | undefined, last: Row | undefined] {
  return [page[0], page.at(-1)];
}

async function surveyOf(sight: Sight): Promise<Survey> {
  const survey: Survey[number][] = [];
  for (const table of TABLES) survey.push({ table, rows: await sight.count(table), lastKey: await sight.lastKey(table) });
  return survey;
}

function total(survey: Survey): number {
  return survey.reduce((sum, { rows }) => sum + rows, 0);
}

/**
 * What tells a book from every other, and from itself before its last change: a book only grows, and whatever changes in it adds
 * an event, a reply or a key; and ids are drawn by chance. It need not see every change: the comparison at the end does.
 */
async function fingerprintOf(sight: Sight, survey: Survey): Promise<string> {
  const said: unknown[] = [];
  for (const { table, rows, lastKey } of survey) said.push([table.table, rows, lastKey, await sight.page(table, null, 1)]);
  return sha256(JSON.stringify(said, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value)));
}

async function using<Held extends { close(): void | Promise<void> }, T>(held: Held, work: (held: Held) => Promise<T>): Promise<T> {
  try {
    return await work(held);
  } finally {
    await held.close();
  }
}
