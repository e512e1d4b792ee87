import { openBookReadOnly, openStore } from "../../src/stores/postgres/open.ts";
import { storeSuite } from "../stores/store-suite.ts";
import { freshDatabase } from "./database.ts";

storeSuite("the store in PostgreSQL", async (context) => {
  const { url } = await freshDatabase(context);
  const store = await openStore(url);
  context.after(() => store.close());
  return {
    store,
    async withBook(use) {
      const book = await openBookReadOnly(url);
      try {
        return await use(book);
      } finally {
        await book.close();
      }
    },
  };
});
