/**
 * One script of random commands on SQLite and on PostgreSQL, with the same time and the same chance: both answer alike to the last
 * byte, and at the end the journal and every other table are equal row by row. The control changes one entry, which must be seen.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { openBookReadOnly, openStore as openPostgres } from "../../src/stores/postgres/open.ts";
import { SqliteBook } from "../../src/stores/sqlite/book.ts";
import { openReader } from "../../src/stores/sqlite/connection.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import type { Known } from "../model/jobs.ts";
import { batches, type Batch } from "../model/moves.ts";
import { playOnBoth, type Played } from "../model/play-on-both.ts";
import { World } from "../model/world.ts";
import { freshDatabase, type Database } from "../postgres/database.ts";
import { compareRows } from "./book-rows.ts";
import { bar, freshFolder, proveBook, say, seed, size } from "./campaign.ts";

/** Scripts that follow one another upon the same payments and keys, as what one of them does is soon done. */
const DRAWN = 4;
const DRAWN_MAX = 20;
const TOGETHER = [1, 2, 4, 8, 16];
const CONTROL_COMMANDS = 200;

type Worlds = { readonly folder: string; readonly database: Database; readonly both: readonly [World, World] };
type Counts = { commands: number; done: number; refunds: number; refused: number; replayed: number; conflicts: number };

async function startWorlds(t: TestContext): Promise<Worlds> {
  const folder = freshFolder(t);
  const database = await freshDatabase(t);
  const sqlite = new World({ store: openStore(folder), openBook: () => new SqliteBook(openReader(join(folder, "book.db"))), clean: () => undefined });
  const postgres = new World({ store: await openPostgres(database.url), openBook: () => openBookReadOnly(database.url), clean: () => undefined });
  return { folder, database, both: [sqlite, postgres] };
}

/** Some scripts and then some others, which have payments and keys of their own, until so many commands were given. */
async function play({ both }: Worlds, commands: number, from: number): Promise<Counts> {
  const played: Counts = { commands: 0, done: 0, refunds: 0, refused: 0, replayed: 0, conflicts: 0 };
  const shown = bar("Commands on both stores", commands);
  try {
    for (let drawn = 0; played.commands < commands || (leastMet(played) === 0 && drawn < DRAWN_MAX); drawn++) {
      const known: Known = { script: `${drawn}-`, payments: [], attempts: [], refunds: [], disputes: [], jobs: [] };
      for (const batch of together(fc.sample(batches, { seed: from + drawn, numRuns: DRAWN }).flat())) {
        if (played.commands >= commands && leastMet(played) > 0) return played;
        const before = played.commands;
        for (const one of await playOnBoth(batch, both, known, before < commands ? commands - before : commands)) count(played, one);
        shown.step(played.commands - before);
      }
    }
    return played;
  } finally {
    shown.stop();
    for (const world of both) await world.close();
  }
}

/** How often the rarest kind of answer came. What never came is waited for, some scripts more. */
function leastMet({ refunds, refused, replayed, conflicts }: Counts): number {
  return Math.min(refunds, refused, replayed, conflicts);
}

/** Batches as they were drawn, and others that are several in one, as on a busy server. */
function* together(drawn: readonly Batch[]): Generator<Batch> {
  for (let at = 0, turn = 0; at < drawn.length; turn++) {
    const some = drawn.slice(at, at + (TOGETHER[turn % TOGETHER.length] ?? 1));
    at += some.length;
    yield { pause: some.reduce((sum, { pause }) => sum + pause, 0), moves: some.flatMap(({ moves }) => moves) };
  }
}

function count(played: Counts, { answer, result }: Played): void {
  played.commands += 1;
  if (answer.kind === "replayed") played.replayed += 1;
  if (result === null) return;
  if ("conflict" in result) played.conflicts += 1;
  else if ("refusal" in result) played.refused += 1;
  else played.done += 1;
  if ("done" in result && result.done.refund !== null) played.refunds += 1;
}

test("a script of random commands has the same answers and leaves the same rows on SQLite and on PostgreSQL", async (t) => {
  const from = seed();
  const worlds = await startWorlds(t);
  const played = await play(worlds, size("SCRIPT_COMMANDS", { quick: 500, full: 1_500 }), from);
  const { rows, journalHash, differences } = await compareRows(worlds.folder, worlds.database.url);
  say("one script on two stores", { seed: String(from), ...played, differences: differences.length });
  say("one script on two stores, rows that are equal", { ...rows, "sha256 of the journal": journalHash });
  assert.deepEqual(differences, []);
  for (const place of [{ folder: worlds.folder }, { database: worlds.database.url }]) await proveBook(place);
  assert.ok(leastMet(played) > 0, "the script met every kind of answer");
});

test("control: one entry that differs between the books is seen", async (t) => {
  const worlds = await startWorlds(t);
  await play(worlds, CONTROL_COMMANDS, seed());
  const { run, url } = worlds.database;
  assert.deepEqual((await compareRows(worlds.folder, url)).differences, []);
  await run("set session_replication_role = replica; update journal_entry set created_at = created_at + 1 where id = (select max(id) from journal_entry)");
  const { differences } = await compareRows(worlds.folder, url);
  assert.equal(differences.length, 1, "the control was not caught: the campaign proves nothing");
  assert.match(differences.join(), /^journal_entry, row \d+: /);
});
