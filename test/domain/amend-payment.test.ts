/** What may still be changed of a payment, and what its attempts keep of what it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditPayment } from "../../src/domain/audit.ts";
import { byToken, declined, done, Life, no } from "./life.ts";

test("an amount changes until an attempt holds or has brought it, and a failed attempt keeps its own", () => {
  const life = new Life({ intent: true, authorization: declined });
  assert.equal(done(life.amend(700n)).payment.requested, 700n);
  done(life.again(byToken(false)));
  assert.deepEqual(life.attempts.map(({ requested }) => requested?.amount), [1000n, 700n]);
  assert.equal(no(life.amend(800n)).code, "amendment_forbidden");
  assert.deepEqual(auditPayment(life.dossier()), []);
});

test("of an authorization that failed nothing is held any more, and so the amount may be less", () => {
  const life = new Life({ intent: true, tender: byToken(false) });
  done(life.end("failed"));
  const { payment } = done(life.amend(1n));
  assert.deepEqual([payment.requested, payment.authorized], [1n, 0n]);
  assert.deepEqual(auditPayment(life.dossier()), []);
  done(life.again(byToken()));
  assert.equal(life.payment.captured, 1n);
  assert.deepEqual(auditPayment(life.dossier()), []);
});

test("what somebody reported as begun is not amended: it is captured for what it was begun for", () => {
  const life = new Life({ intent: true, tender: { by: "report", instrument: null, outcome: "initiated" } });
  assert.equal(no(life.amend(700n)).code, "amendment_forbidden");
  assert.deepEqual(auditPayment(life.dossier()), []);
});
