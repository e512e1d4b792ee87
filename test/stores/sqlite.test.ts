import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { storeSuite } from "./store-suite.ts";

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "refundry-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

storeSuite("the store in SQLite", (context) => {
  const path = folder(context);
  const store = openStore(path);
  context.after(() => store.close());
  return {
    store,
    withBook(use) {
      const book = openBookReadOnly(path);
      try {
        return use(book);
      } finally {
        book.close();
      }
    },
  };
});
