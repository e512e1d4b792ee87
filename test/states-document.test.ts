/** `docs/states.md` draws the graphs of `src/domain/states.ts`: every step, and no other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DISPUTE_STEPS, PAYMENT_STEPS, REFUND_STEPS } from "../src/domain/states.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../docs/states.md"), "utf8");

/** The steps of the drawing below a heading; where a life begins and ends is not one. */
function drawn(heading: string): string[] {
  const drawing = DOCUMENT.split(`## ${heading}\n`)[1]?.split("```")[1] ?? "";
  return [...drawing.matchAll(/^ *(\w+) --> (\w+)/gm)].map(([, from, to]) => `${from} to ${to}`).toSorted();
}

function allowed(steps: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(steps).flatMap(([from, next]) => next.map((to) => `${from} to ${to}`)).toSorted();
}

test("the drawing of a payment shows the steps that a payment may take, each once", () => {
  assert.deepEqual(drawn("A payment"), allowed(PAYMENT_STEPS));
});

test("the drawing of a refund shows the steps that a refund may take, each once", () => {
  assert.deepEqual(drawn("A refund"), allowed(REFUND_STEPS));
});

test("the drawing of a dispute shows the steps that a dispute may take, each once", () => {
  assert.deepEqual(drawn("A dispute"), allowed(DISPUTE_STEPS));
});
