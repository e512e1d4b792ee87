/** What every campaign shares: its size and seed from the environment, chance, a bar, a folder of its own, and the full proof at its end. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import cliProgress from "cli-progress";
import { CannotOpen, type Book } from "../../src/engine/store.ts";
import { verifyBook, type Verification } from "../../src/engine/verify.ts";
import { openBookReadOnly as openPostgresBook } from "../../src/stores/postgres/open.ts";
import { openBookReadOnly } from "../../src/stores/sqlite/open.ts";
import type { BookPlace } from "./server-process.ts";

const OPEN_TRIES = 5;
const OPEN_PAUSE_MS = 1_000;

/** How many rounds: the variable of that name, else the small number under QUICK=1, else the campaign's own. */
export function size(name: string, { quick, full }: { readonly quick: number; readonly full: number }): number {
  const text = process.env[name];
  if (text === undefined) return process.env["QUICK"] === "1" ? quick : full;
  assert.match(text, /^[1-9]\d{0,8}$/, `${name} is a whole number of rounds`);
  return Number(text);
}

/** SEED, or one drawn now. Either is printed, so that a run can be repeated. */
export function seed(): number {
  const text = process.env["SEED"];
  return text === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(text);
}

/** Mulberry32: numbers from 0 to below 1 that follow from the seed alone. */
export function chance(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Bar = { step(by?: number): void; stop(): void };

/** A bar on stderr, where people watch; nothing where they do not. */
export function bar(what: string, total: number): Bar {
  if (!process.stderr.isTTY) return { step: () => undefined, stop: () => undefined };
  const shown = new cliProgress.SingleBar(
    { format: `${what} {bar} {percentage}% | {value}/{total} | {eta_formatted} left`, stream: process.stderr, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  shown.start(total, 0);
  return { step: (by = 1) => shown.increment(by), stop: () => shown.stop() };
}

/** A folder that is gone after the test. */
export function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "refundry-campaign-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** One sight of a book, wherever it is, also while servers write it. */
export async function withBook<T>(place: BookPlace, act: (book: Book) => Promise<T>): Promise<T> {
  const book = "folder" in place ? openBookReadOnly(place.folder) : await patiently(() => openPostgresBook(place.database));
  try {
    return await act(book);
  } finally {
    await book.close();
  }
}

/** A machine that stood still for some seconds finds that its own patience has run out: then a book is opened again. */
export async function patiently<T>(open: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof CannotOpen) || tries === OPEN_TRIES) throw error;
      await delay(OPEN_PAUSE_MS);
    }
  }
}

export function verification(place: BookPlace): Promise<Verification> {
  return withBook(place, (book) => verifyBook(book, () => undefined));
}

/** The full proof: fails with what is broken. */
export async function proveBook(place: BookPlace): Promise<Verification> {
  const proof = await verification(place);
  assert.ok(proof.sound, `the book is not sound: ${JSON.stringify([...proof.findings.slice(0, 5), ...proof.imbalances, ...proof.damage])}`);
  return proof;
}

/** One line of figures, on stdout. */
export function say(campaign: string, figures: Readonly<Record<string, string | number>>): void {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${typeof value === "number" ? value.toLocaleString("en") : value}`);
  console.log(`${campaign}: ${parts.join(" · ")}`);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Runs the work over all items with so many under way at once. */
export async function inFlight<T>(items: readonly T[], limit: number, work: (item: T, index: number) => Promise<void>): Promise<void> {
  const entries = items.entries();
  // One iterator, shared: each worker takes the next item that nobody has.
  const worker = async () => {
    for (const [i, item] of entries) await work(item, i);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
