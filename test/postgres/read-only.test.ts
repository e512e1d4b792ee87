/** A server that only reads, as a standby does: nothing is served there, and it is said in words; but the book can be proved. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { openBookReadOnly, openStore } from "../../src/stores/postgres/open.ts";
import { CannotOpen } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { freshDatabase } from "./database.ts";

it("a book on a server that only reads is not served, and is proved", async (context) => {
  const { url, run } = await freshDatabase(context);
  await (await openStore(url)).close();
  const name = new URL(url).pathname.slice(1);
  await run(`alter database ${name} set default_transaction_read_only = on`);
  const inWords = (error: unknown) => error instanceof CannotOpen && /it only reads.*Give the address of the primary\.$/.test(error.message);
  await assert.rejects(openStore(url), inWords);
  const book = await openBookReadOnly(url);
  const { sound } = await verifyBook(book, () => undefined);
  await book.close();
  assert.equal(sound, true);
});
