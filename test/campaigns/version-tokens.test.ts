/**
 * Two people saw the same payment and refund it at the same moment, each with the version token that they saw: exactly one is done, and the other hears that the
 * payment has changed. Two servers share one book. The control runs the same rounds on a store without guards, where both are done.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../../src/engine/store.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { bar, freshFolder, inFlight, proveBook, say, size } from "./campaign.ts";
import { at, paymentBody, requests, type Answered } from "./client.ts";
import { withServers } from "./two-servers.ts";
import { withoutGuards } from "./unprotected-stores.ts";

const IN_FLIGHT = 32;
const CAPTURED = 1_000;
const MISMATCH = JSON.stringify({
  errors: [
    {
      category: "INVALID_REQUEST_ERROR",
      code: "VERSION_MISMATCH",
      detail: "Version mismatch: The specified version_token in the request does not match the current version_token.",
      field: "version_token",
    },
  ],
});

type Ended = { readonly done: number; readonly mismatched: number; readonly others: readonly string[] };

/** So many rounds of two refunds with one token; with `tokens` false they go without. */
async function play(store: Store, rounds: number, tokens = true): Promise<Ended> {
  const others: string[] = [];
  let [done, mismatched] = [0, 0];
  await withServers(store, { inFlight: IN_FLIGHT }, async ([one, other]) => {
    assert.ok(one !== undefined && other !== undefined);
    const shown = bar("Tokens", rounds);
    await inFlight(Array.from({ length: rounds }, (_, i) => i), IN_FLIGHT / 2, async (i) => {
      const paid = await one.send(requests.squarePayment(CAPTURED, `pay-${i}`));
      const body = paymentBody(paid);
      const token = tokens ? { payment_version_token: at(paid.text, "payment", "version_token") } : {};
      // Both fit: nothing but the token stands between them.
      const two = await Promise.all([one, other].map((client, n) => client.send(requests.squareRefund(body, CAPTURED / 4, `refund-${i}-${n}`, token))));
      const won = two.filter(({ status }) => status === 200).length;
      const lost = two.filter(({ status, text }: Answered) => status === 400 && text === MISMATCH).length;
      done += won;
      mismatched += lost;
      if (won !== 1 || lost !== 1) others.push(two.map(({ status, text }) => `${status} ${text}`).join(" | "));
      shown.step();
    });
    shown.stop();
  });
  return { done, mismatched, others };
}

test("of two refunds with one version token exactly one is done, and the other is a mismatch", async (t) => {
  const folder = freshFolder(t);
  const rounds = size("VERSION_ROUNDS", { quick: 200, full: 1_000 });
  const { done, mismatched, others } = await play(openStore(folder), rounds);
  assert.deepEqual(others, []);
  assert.deepEqual([done, mismatched], [rounds, rounds]);
  const proof = await proveBook({ folder });
  assert.equal(proof.refunds, rounds);
  say("version tokens", { rounds, done, mismatched });
});

test("control: without a token both are done", async () => {
  const { done, mismatched } = await play(openMemoryStore(), 20, false);
  assert.deepEqual([done, mismatched], [40, 0]);
});

test("control: on a store without guards one token lets both through, and is caught", async () => {
  const { others } = await play(withoutGuards(), 100);
  assert.ok(others.length > 0, "the control was not caught: the campaign proves nothing");
});
