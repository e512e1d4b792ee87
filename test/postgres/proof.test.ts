/** What the proof of a book in PostgreSQL finds, when somebody or something has changed it. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { verifyBook, type Verification } from "../../src/engine/verify.ts";
import { openBookReadOnly, openStore } from "../../src/stores/postgres/open.ts";
import { complaints, fillBook } from "../stores/closed-book.ts";
import { NO_CHANGES, reply } from "../stores/making.ts";
import { save } from "../stores/store-suite.ts";
import { freshDatabase, type Database } from "./database.ts";

/** A hand that is not ours may then change it. */
async function closedBook(context: TestContext): Promise<Database> {
  const database = await freshDatabase(context);
  const store = await openStore(database.url);
  await fillBook(store);
  await store.close();
  return database;
}

/** As with psql by somebody who switches every guard off, and on again when it is done. */
async function tamper({ run }: Database, sql: string): Promise<void> {
  const checks = await run("select 'alter table ' || conrelid::regclass || ' drop constraint ' || conname, 'alter table ' || conrelid::regclass || ' add constraint ' || conname || ' ' || pg_get_constraintdef(oid) || ' not valid', 'update pg_constraint set convalidated = true where conname = ' || quote_literal(conname) from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace");
  const texts = (place: number) => checks.map((row) => String(row[place])).join("; ");
  await run(`set session_replication_role = replica; ${texts(0)}; ${sql}; ${texts(1)}; ${texts(2)}`);
}

async function verify({ url }: Database): Promise<Verification> {
  const book = await openBookReadOnly(url);
  try {
    return await verifyBook(book, () => undefined);
  } finally {
    await book.close();
  }
}

describe("the proof of a book in PostgreSQL", () => {
  const cases: readonly { readonly finds: string; readonly sql: string; readonly pattern: RegExp }[] = [
    { finds: "an amount changed in a posting", sql: "update journal_entry set postings = replace(postings, ',400]', ',399]')", pattern: /entry 2 was changed.*postings give back 399.*the journal holds/s },
    { finds: "an amount changed in a refund", sql: "update refund set amount = 399", pattern: /refunds sum to 399/ },
    { finds: "a total changed on a payment", sql: "update payment set refunded = 0 where refunded > 0", pattern: /the payment says 0/ },
    { finds: "a hash changed", sql: "update journal_entry set hash = 'f' || substr(hash, 2)", pattern: /entry 1 was changed/ },
    { finds: "a refund taken away", sql: "delete from refund", pattern: /0 refunds where 1 were counted/ },
    { finds: "an entry taken away", sql: "delete from journal_entry where number = 2", pattern: /1 entries where 2/ },
    { finds: "a posting that cannot be read", sql: "update journal_entry set postings = '[[1]]'", pattern: /cannot be read: a posting/ },
    { finds: "an event that tells of another refund", sql: "update event set refund_id = payment_id where refund_id is not null", pattern: /tells of refund/ },
    { finds: "an entry that no refund names", sql: "insert into journal_entry select merchant, 'x' || substr(id, 2), payment_id, 3, kind, refund_id, created_at, currency, postings, hash from journal_entry where number = 2", pattern: /3 entries where 2 were written/ },
    { finds: "an event taken away", sql: "delete from event where version = 2", pattern: /1 events for version 2/ },
    { finds: "an attempt taken away", sql: "delete from attempt", pattern: /0 attempts where 1/ },
    { finds: "a payment taken away", sql: "delete from payment where refunded > 0", pattern: /a row of refund belongs to no payment/ },
    { finds: "a word that means nothing", sql: "update refund set state = 'perhaps'", pattern: /cannot be read: not a refund's state: perhaps/ },
    { finds: "a snapshot that cannot be read", sql: "update event set snapshot = '{'", pattern: /cannot be read: a snapshot/ },
    { finds: "a reply of other words", sql: "update stored_reply set body = replace(body, '€', '$')", pattern: /the reply to .* "first" was changed/ },
    { finds: "a reply under another key", sql: "update stored_reply set key = 'other'", pattern: /the reply to .* "other" was changed/ },
    { finds: "a payment of a customer who is not there", sql: "update payment set customer = 'x' || substr(id, 2)", pattern: /the customer of a payment is no customer of its merchant/ },
    { finds: "an attempt with an instrument that is not there", sql: "update attempt set on_file = 'x' || substr(id, 2)", pattern: /the on_file of an attempt is no instrument of its merchant/ },
    { finds: "a customer of another merchant", sql: "update profile set merchant = 'test_' || substr(merchant, 10) || 'WWWW' where kind = 'customer'", pattern: /the owner of a profile is no customer of its merchant/ },
    { finds: "a preference for what is another's", sql: "update profile set owner = null where kind = 'instrument'", pattern: /a customer prefers what is not on file for him/ },
    { finds: "a profile that cannot be read", sql: "update profile set instrument = '[]' where kind = 'instrument'", pattern: /profile .* cannot be read: an instrument is not a record/ },
    { finds: "an image of a payment that is not there", sql: "update past set payment_id = 'x' || substr(payment_id, 2)", pattern: /an image is of no payment: .* names x/ },
    { finds: "a notice of what did not happen", sql: "update notice set event_id = 'x' || substr(event_id, 2)", pattern: /a notice is of no event: .* names x/ },
    { finds: "a delivery of what happened in another book", sql: "update delivery set book = 'x'", pattern: /a delivery is of no event: .* x names/ },
    { finds: "a delivery for nobody", sql: "update delivery set endpoint = 'x' || substr(endpoint, 2)", pattern: /a delivery is for no endpoint of its merchant: .* names x/ },
    { finds: "an index that was dropped", sql: "drop index refund_reported_once", pattern: /the index refund_reported_once is missing/ },
    { finds: "an index that was added", sql: "create index odd on refund (amount)", pattern: /the index odd is none of the book's own/ },
    { finds: "a trigger that was dropped", sql: "drop trigger event_stays on event", pattern: /the trigger event\.event_stays is missing/ },
    { finds: "a trigger on images that was dropped", sql: "drop trigger past_stays on past", pattern: /the trigger past\.past_stays is missing/ },
    { finds: "a trigger that was switched off", sql: "alter table event disable trigger event_stays", pattern: /the trigger event\.event_stays is not as/ },
    { finds: "a function that does nothing any more", sql: "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'", pattern: /the function refuse_change is not as/ },
    { finds: "a check that was dropped", sql: "alter table payment drop constraint never_beyond_captured; --", pattern: /the constraint payment\.never_beyond_captured is missing/ },
    { finds: "a column that was added", sql: "alter table refund add column odd text", pattern: /the column refund\.odd is none/ },
    { finds: "a view that says something else", sql: "drop view posting; create view posting as select 1 as one", pattern: /the view posting is not as the migrations made it/ },
    { finds: "a key without its row", sql: "update journal_entry set payment_id = 'x' || substr(payment_id, 2)", pattern: /a row of journal_entry belongs to no payment/ },
  ];
  for (const { finds, sql, pattern } of cases) {
    it(`finds ${finds}`, async (context) => {
      const database = await closedBook(context);
      assert.equal(complaints(await verify(database)), "");
      // A guard that is spoiled itself is spoiled by its owner, and stays so.
      if (/^(?:drop|create|alter)/.test(sql)) await database.run(sql);
      else await tamper(database, sql);
      const proof = await verify(database);
      assert.equal(proof.sound, false);
      assert.match(complaints(proof), pattern);
    });
  }

  it("takes a reply with every kind of character for what it was", async (context) => {
    const database = await freshDatabase(context);
    const store = await openStore(database.url);
    const keys = [String.raw`\ " { } , NULL`, "NULL", "", " ", "é\n|\t\r", "𝄞", "\u0001\u007f\u0085\ufffe"];
    await save(store, { ...NO_CHANGES, newKeys: keys.map((key) => reply(key, { body: `${key}€` })) });
    await store.close();
    assert.equal(complaints(await verify(database)), "");
  });
});
