/** Notes: what a dialect was told and the kernel only keeps and merges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { notesUnder, patchNotes } from "../../src/domain/notes.ts";

const notes = { "a:x": "1", "a:y": "2", "b:x": "3" };

test("a patch drops by prefix first, and then sets and takes away", () => {
  assert.deepEqual(patchNotes(notes, {}), notes);
  assert.deepEqual(patchNotes(notes, { set: { "a:x": "9", "a:z": "4", "b:x": null, "b:none": null } }), { "a:x": "9", "a:y": "2", "a:z": "4" });
  assert.deepEqual(patchNotes(notes, { drop: ["a:"] }), { "b:x": "3" });
  assert.deepEqual(patchNotes(notes, { drop: ["a:"], set: { "a:x": "new" } }), { "a:x": "new", "b:x": "3" });
  assert.deepEqual(notes, { "a:x": "1", "a:y": "2", "b:x": "3" }, "the notes that were patched are as they were");
});

test("the limit counts what is there when all is done", () => {
  const limit = { prefix: "a:", max: 2 };
  assert.equal(patchNotes(notes, { set: { "a:z": "4" }, limit }), null);
  assert.deepEqual(patchNotes(notes, { set: { "a:z": "4", "a:x": null }, limit }), { "a:y": "2", "a:z": "4", "b:x": "3" });
  assert.deepEqual(patchNotes(notes, { set: { "b:z": "4" }, limit }), { ...notes, "b:z": "4" });
  assert.notEqual(patchNotes(notes, { set: { "a:x": "changed" }, limit }), null);
});

test("notes under a prefix have the rest of their names", () => {
  assert.deepEqual(notesUnder(notes, "a:"), { x: "1", y: "2" });
  assert.deepEqual(notesUnder(notes, "c:"), {});
});

const name = fc.oneof(fc.constantFrom("__proto__", "constructor", "toString", ""), fc.string({ maxLength: 5 }));

test("names of any kind are kept, each once, by the last that was said of it", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.option(fc.string({ maxLength: 3 }))), { maxLength: 10 }), (said) => {
      let kept = patchNotes({}, {});
      const model = new Map<string, string>();
      for (const [key, value] of said) {
        assert.ok(kept !== null);
        kept = patchNotes(kept, { set: Object.fromEntries([[`m:${key}`, value]]) });
        if (value === null) model.delete(key);
        else model.set(key, value);
      }
      assert.ok(kept !== null);
      assert.deepEqual(new Map(Object.entries(notesUnder(kept, "m:"))), model);
    }),
  );
});
