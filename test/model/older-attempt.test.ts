/** Found by the model: an attempt that another has followed could be captured or ended in that one's place. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { advancePayment } from "../../src/domain/advance-payment.ts";
import { capturePayment, endPayment } from "../../src/domain/change-payment.ts";
import type { Command } from "../../src/domain/command.ts";
import { Maker } from "../stores/making.ts";

it("an attempt that another has followed is neither captured nor ended", () => {
  const maker = new Maker();
  const declined = maker.take({ intent: true, tender: { by: "token", token: "tok_chargeDeclined", capture: false } });
  const { payment } = maker.retry(declined.payment, declined.attempt, { by: "token", token: "tok_visa", capture: false });
  const older = { payment, attempt: declined.attempt };
  assert.equal(payment.state, "authorized");
  assert.ok(declined.attempt !== null);
  const target = { by: "attempt", id: declined.attempt.id, as: "any" } as const;
  const common = { target, expectedVersion: null, onlyAuthorized: false, notes: {}, attemptNotes: {} } satisfies Partial<Command>;
  const captured = capturePayment({ kind: "capture_payment", amount: null, pastIntent: true, ...common }, older, maker.moment());
  const ended = endPayment({ kind: "end_payment", outcome: "canceled", ...common }, older, maker.moment());
  for (const outcome of [captured, ended]) assert.equal(outcome.accepted ? "accepted" : outcome.refusal.code, "state_forbids");
});

it("nor does it bring money that is on its way by the one that followed it", () => {
  const maker = new Maker();
  const declined = maker.take({ intent: true, tender: { by: "token", token: "tok_chargeDeclined", capture: true } });
  const { payment } = maker.retry(declined.payment, declined.attempt, { by: "token", token: "bnon:bank-nonce-ok", capture: true });
  assert.ok(payment.deadline !== null && declined.attempt !== null);
  const target = { by: "attempt", id: declined.attempt.id, as: "any" } as const;
  const outcome = advancePayment({ kind: "advance_payment", target }, { payment, attempt: declined.attempt }, { ...maker.moment(), now: payment.deadline.at });
  assert.equal(outcome.accepted ? "accepted" : outcome.refusal.code, "state_forbids");
});
