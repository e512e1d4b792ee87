import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { StoreUnavailable } from "../../src/engine/store.ts";
import { nameOf, SharedLookups, type Look, type Name } from "../../src/stores/postgres/shared-lookups.ts";
import { ACME, OTHER } from "../stores/making.ts";

/** Finds every name but those that begin with "no", as its own words, and remembers what it was asked for together. */
function looking(more: { readonly fails?: (names: readonly Name[]) => Error | null } = {}): { readonly asked: string[][]; readonly look: Look<string> } {
  const asked: string[][] = [];
  return {
    asked,
    async look(names) {
      asked.push(names.map(nameOf));
      await delay(5);
      const failure = more.fails?.(names) ?? null;
      if (failure !== null) throw failure;
      return new Map(names.filter(({ id }) => !id.startsWith("no")).map((name) => [nameOf(name), `${name.id} of ${name.merchant}`]));
    },
  };
}

describe("look-ups that arrive together", () => {
  it("share one look, each name once, and each gets its own", async () => {
    const { asked, look } = looking();
    const lookups = new SharedLookups(look);
    const names = [{ merchant: ACME, id: "one" }, { merchant: OTHER, id: "one" }, { merchant: ACME, id: "none" }, { merchant: ACME, id: "one" }];
    const found = await Promise.all(names.map((name) => lookups.find(name)));
    assert.deepEqual(found, [`one of ${ACME}`, `one of ${OTHER}`, null, `one of ${ACME}`]);
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.length, 3);
  });

  it("go on in few looks when there are many, and none is forgotten", async () => {
    const { asked, look } = looking();
    const lookups = new SharedLookups(look);
    const ids = Array.from({ length: 1_000 }, (_, i) => `id${i}`);
    const found = await Promise.all(ids.map((id) => lookups.find({ merchant: ACME, id })));
    assert.deepEqual(found, ids.map((id) => `${id} of ${ACME}`));
    assert.ok(asked.length <= 10 && asked.every((names) => names.length <= 128), `${asked.length} looks`);
  });

  it("are found one by one when what one of them leads to is broken", async () => {
    const { look } = looking({ fails: (names) => (names.some(({ id }) => id === "broken") ? new Error("broken") : null) });
    const lookups = new SharedLookups(look);
    const found = await Promise.allSettled(["one", "broken", "two"].map((id) => lookups.find({ merchant: ACME, id })));
    assert.deepEqual(found.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  });

  it("that wait behind a book that hangs are sent away when their turn comes too late, and too many are not let in", async () => {
    let looks = 0;
    let goOn = (): void => undefined;
    const hung = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const lookups = new SharedLookups<string>(async () => {
      looks += 1;
      await hung;
      return new Map();
    });
    const first: Promise<unknown>[] = [];
    for (const id of ["first", "second"]) {
      first.push(lookups.find({ merchant: ACME, id }));
      await delay(20);
    }
    const behind = Array.from({ length: 10_000 }, (_, i) => lookups.find({ merchant: ACME, id: `id${i}` }));
    await assert.rejects(lookups.find({ merchant: ACME, id: "one more" }), StoreUnavailable);
    await delay(2_100);
    goOn();
    const ended = await Promise.allSettled(behind);
    assert.ok(ended.every((one) => one.status === "rejected" && one.reason instanceof StoreUnavailable));
    assert.equal(looks, 2);
    await Promise.all(first);
  });

  it("fail together, at once, when the book is away", async () => {
    const { asked, look } = looking({ fails: () => new StoreUnavailable("away") });
    const lookups = new SharedLookups(look);
    const found = await Promise.allSettled(["one", "two"].map((id) => lookups.find({ merchant: ACME, id })));
    assert.ok(found.every((one) => one.status === "rejected" && one.reason instanceof StoreUnavailable));
    assert.equal(asked.length, 1);
  });
});
