import { MemoryStore } from "../../src/stores/memory/store.ts";
import { storeSuite } from "./store-suite.ts";

storeSuite("the store in memory", () => {
  const store = new MemoryStore();
  return { store, withBook: async (use) => use(store) };
});
