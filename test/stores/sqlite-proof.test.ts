/** What the proof of a book on disk finds, when somebody or something has changed it. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import Database from "better-sqlite3";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { closedBook, complaints, folder, tamper, verify } from "./closed-book.ts";
import { NO_CHANGES, reply } from "./making.ts";
import { save } from "./store-suite.ts";

describe("the proof of a book", () => {
  const cases: readonly { readonly finds: string; readonly sql: string; readonly pattern: RegExp }[] = [
    { finds: "an amount changed in a posting", sql: "update journal_entry set postings = replace(postings, ',400]', ',399]')", pattern: /entry 2 was changed.*postings give back 399.*the journal holds/s },
    { finds: "an amount changed in a refund", sql: "update refund set amount = 399", pattern: /refunds sum to 399/ },
    { finds: "a total changed on a payment", sql: "update payment set refunded = 0 where refunded > 0", pattern: /the payment says 0/ },
    { finds: "a hash changed", sql: "update journal_entry set hash = 'f' || substr(hash, 2)", pattern: /entry 1 was changed/ },
    { finds: "a refund taken away", sql: "delete from refund", pattern: /0 refunds where 1 were counted/ },
    { finds: "an entry taken away", sql: "delete from journal_entry where number = 2", pattern: /1 entries where 2/ },
    { finds: "a posting taken away", sql: "update journal_entry set postings = json_remove(postings, '$[1]')", pattern: /entry 1 was changed.*postings take a fee of 0/s },
    { finds: "a posting that cannot be read", sql: "update journal_entry set postings = '[[1]]'", pattern: /cannot be read: a posting/ },
    { finds: "an event that tells of another refund", sql: "update event set refund_id = payment_id where refund_id is not null", pattern: /tells of refund/ },
    { finds: "an entry that no event leads to", sql: "insert into journal_entry select merchant, 'x' || substr(id, 2), payment_id, 3, kind, refund_id, created_at, currency, postings, hash from journal_entry where number = 2", pattern: /journal_entry has 4 rows/ },
    { finds: "an event taken away", sql: "delete from event where version = 2", pattern: /1 events for version 2/ },
    { finds: "an attempt taken away", sql: "delete from attempt", pattern: /0 attempts where 1/ },
    { finds: "a payment taken away", sql: "delete from payment where refunded > 0", pattern: /a row of event belongs to no payment/ },
    { finds: "a refund that its payment does not name", sql: "update payment set first_refunds = ''", pattern: /refund has 1 rows, and 0 of them belong to an event/ },
    { finds: "a refund that is both named and listed", sql: "update event set listed = 1", pattern: /3 events for version 2/ },
    { finds: "a name of nothing", sql: "update payment set first_refunds = first_refunds || '\"xxxxxxxxxxxxxxxxxxxxxxxx\",' where refunded > 0", pattern: /payments name 2 refunds, and 1 are there/ },
    { finds: "names that are none", sql: "update payment set first_refunds = '{' where refunded > 0", pattern: /the walk through the book ended early: SQLITE_ERROR, malformed JSON/ },
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
    { finds: "a trigger that was added", sql: "create trigger odd after insert on refund begin delete from stored_reply; end", pattern: /the trigger odd is none of the book's own/ },
    { finds: "a view that says something else", sql: "drop view posting; create view posting as select 1", pattern: /the view posting is not as the migrations made it/ },
    { finds: "a key without its row", sql: "update journal_entry set payment_id = 'x' || substr(payment_id, 2)", pattern: /points to a row of payment that is not there/ },
  ];
  for (const { finds, sql, pattern } of cases) {
    it(`finds ${finds}`, async (context) => {
      const path = await closedBook(context);
      assert.equal((await verify(path)).sound, true);
      tamper(path, sql);
      const proof = await verify(path);
      assert.equal(proof.sound, false);
      assert.match(complaints(proof), pattern);
    });
  }

  it("finds a single flipped bit in the journal's pages", async (context) => {
    const path = await closedBook(context);
    const file = join(path, "book.db");
    const bytes = readFileSync(file);
    const db = new Database(file, { readonly: true });
    const hash = String(db.prepare("select hash from journal_entry where number = 2").pluck().get());
    db.close();
    const at = [...bytes.toString("latin1").matchAll(new RegExp(hash, "g"))].map((match) => match.index);
    assert.equal(at.length, 2);
    for (const offset of at) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(offset + 10) ^ 1, offset + 10);
      writeFileSync(file, flipped);
      assert.equal((await verify(path)).sound, false);
    }
    writeFileSync(file, bytes);
    assert.equal((await verify(path)).sound, true);
  });

  it("finds a trigger that was dropped", async (context) => {
    const path = await closedBook(context);
    const db = new Database(join(path, "book.db"));
    db.exec("drop trigger journal_entry_stays");
    db.close();
    assert.match(complaints(await verify(path)), /the trigger journal_entry_stays is missing/);
  });

  it("finds a flipped bit in the index that finds a reply by its key", async (context) => {
    const path = await closedBook(context);
    const file = join(path, "book.db");
    const db = new Database(file, { readonly: true });
    const page = Number(db.prepare("select pageno from dbstat where name = 'sqlite_autoindex_stored_reply_1'").pluck().get());
    const size = Number(db.pragma("page_size", { simple: true }));
    db.close();
    const bytes = readFileSync(file);
    const at = bytes.indexOf("testfirst", (page - 1) * size) + "testfirst".length - 1;
    assert.ok(at > (page - 1) * size && at < page * size);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(file, bytes);
    assert.match(complaints(await verify(path)), /sqlite_autoindex_stored_reply_1/);
  });

  it("takes a reply with every kind of character for what it was", async (context) => {
    const path = folder(context);
    const store = openStore(path);
    const keys = ["\u0000", "\ud800", "é\n|", "𝄞"];
    await save(store, { ...NO_CHANGES, newKeys: keys.map((key) => reply(key, { body: `${key}€` })) });
    await store.close();
    assert.equal(complaints(await verify(path)), "");
  });
});
