/** Random moves: what one caller may ask, with payments named by their place among those that are known by then. */
import * as fc from "fast-check";
import type { Extras } from "../../src/engine/views.ts";

/** Which of the payments or attempts that are known so far, counted round and round; a stranger's are another merchant's. */
export type Pick = { readonly place: number; readonly stranger: boolean; readonly by: "payment" | "attempt"; readonly as: "any" | "processed" | "intent" | "recorded" };

export type Move = {
  readonly merchant: number;
  /** An idempotency key, out of few so that they meet again. */
  readonly key: number | null;
  readonly act: Act;
  /** What the answer is to bring along. */
  readonly extras: Extras;
};

export type Act =
  | { readonly kind: "take"; readonly amount: bigint; readonly yen: boolean; readonly tender: MoveTender | null; readonly intent: boolean; readonly fee: bigint; readonly hold: MoveHold | null; readonly takesPart: boolean }
  /** More comes in to the cash of one of the merchant's customers. */
  | { readonly kind: "fund"; readonly customer: number; readonly amount: bigint; readonly yen: boolean; readonly reference: string | null }
  /** The very same request as an earlier one, as a client sends it that had no answer. */
  | { readonly kind: "again"; readonly place: number }
  | { readonly kind: "try"; readonly pick: Pick; readonly tender: MoveTender }
  | { readonly kind: "capture"; readonly pick: Pick; readonly amount: bigint | null; readonly pastIntent: boolean; readonly onlyAuthorized: boolean; readonly version: number | null }
  | { readonly kind: "end"; readonly pick: Pick; readonly outcome: "canceled" | "failed"; readonly onlyAuthorized: boolean; readonly version: number | null }
  | { readonly kind: "describe"; readonly pick: Pick; readonly note: string; readonly max: number }
  | { readonly kind: "amend"; readonly pick: Pick; readonly amount: bigint | null; readonly yen: boolean | null; readonly tendered: boolean }
  | { readonly kind: "adjust"; readonly pick: Pick; readonly amount: bigint | null; readonly tip: bigint | null; readonly fee: bigint | null; readonly yen: boolean | null; readonly act: MoveHold["act"] | null; readonly version: number | null }
  /** The time of what is held, or on its way, may have come. */
  | { readonly kind: "due"; readonly pick: Pick }
  | ({ readonly kind: "refund"; readonly pick: Pick } & RefundMove)
  /** On one of the refunds that are known so far; `of` names an attempt that may not be its own. */
  | { readonly kind: "go_on"; readonly place: number; readonly of: number | null; readonly act: "describe" | "cancel" | "expire" | "advance" }
  /** On one of the disputes that are known so far. */
  | { readonly kind: "dispute"; readonly place: number; readonly act: DisputeAct };

/** What is answered to a dispute, or kept for later, or that its time has come. */
export type DisputeAct = "win" | "lose" | "escalate" | "say" | "keep" | "describe" | "close" | "advance";

export type MoveHold = { readonly for: number; readonly act: "capture" | "cancel" };

export type RefundMove = {
  readonly amount: bigint | null;
  readonly yen: boolean | null;
  readonly fee: "none" | "share" | bigint;
  readonly channel: "executed" | "reported";
  readonly reference: number | null;
  readonly release: boolean;
  readonly email: string | null;
  readonly within: number | null;
  readonly version: number | null;
  readonly refundsMax: number | null;
  readonly ageMax: number | null;
};

export type MoveTender =
  | { readonly by: "token"; readonly token: string; readonly capture: boolean }
  | { readonly by: "report"; readonly instrument: "cash" | "external" | null; readonly outcome: "initiated" | "authorized" | "captured" | "canceled" | "failed" };

const TOKENS = [
  "tok_visa", "tok_visa", "tok_visa", "pm_card_amex", "cnon:card-nonce-ok", "cnon:card-nonce-declined", "tok_chargeDeclinedLostCard",
  "tok_createDispute", "tok_createDispute", "tok_createDispute", "tok_createDisputeInquiry", "pm_card_createDisputeInquiry", "tok_pendingRefund", "pm_card_pendingRefund", "tok_refundFail", "tok_refundFail", "pm_card_refundFail", "tok_refundFail", "pm_card_refundFail", "pm_konbini", "pm_card_threeDSecure2Required",
  "cnon:gift-card-nonce-ok", "cnon:gift-card-nonce-insufficient-funds", "cnon:gift-card-nonce-insufficient-funds", "bnon:bank-nonce-ok", "bnon:bank-nonce-ok",
];

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 5, nil: null });
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const amount = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: 1n, max: 30n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 8_799n, max: 8_811n }) },
  { weight: 1, arbitrary: fc.constant(9_007_199_254_740_991n) },
);
const pick: fc.Arbitrary<Pick> = fc.record({
  // A few payments are asked about again and again.
  place: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: 30 }) }),
  stranger: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  by: fc.constantFrom("payment", "payment", "attempt"),
  as: fc.oneof({ weight: 9, arbitrary: fc.constant("any" as const) }, { weight: 1, arbitrary: fc.constantFrom("processed", "intent", "recorded") }),
});
const tender: fc.Arbitrary<MoveTender> = fc.oneof(
  fc.record({ by: fc.constant("token" as const), token: fc.constantFrom(...TOKENS), capture: fc.constantFrom(true, true, false) }),
  fc.record({
    by: fc.constant("report" as const),
    instrument: fc.constantFrom("cash", "external", null),
    outcome: fc.constantFrom("captured", "captured", "captured", "captured", "initiated", "authorized", "canceled", "failed"),
  }),
);
const hold: fc.Arbitrary<MoveHold> = fc.record({ for: fc.constantFrom(0, 0, 500, 5_000), act: fc.constantFrom("capture", "cancel") });
const version = seldom(fc.nat({ max: 4 }));

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("take" as const), amount, yen: fc.constantFrom(false, false, false, true), tender: fc.oneof({ weight: 8, arbitrary: tender }, fc.constant(null)), intent: fc.constantFrom(false, false, true), fee: fc.bigInt({ min: 0n, max: 25n }), hold: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: hold }), takesPart: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("fund" as const), customer: fc.nat({ max: 2 }), amount, yen: fc.constantFrom(false, false, true), reference: rarely(fc.string({ maxLength: 5 })) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("adjust" as const), pick, amount: fc.option(amount, { freq: 3, nil: null }), tip: rarely(fc.bigInt({ min: 0n, max: 9n })), fee: seldom(fc.bigInt({ min: 0n, max: 25n })), yen: seldom(fc.boolean()), act: seldom(fc.constantFrom("capture", "cancel")), version }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("due" as const), pick }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("again" as const), place: fc.nat({ max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("try" as const), pick, tender }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("capture" as const), pick, amount: rarely(amount), pastIntent: fc.boolean(), onlyAuthorized: fc.boolean(), version }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), pick, outcome: fc.constantFrom("canceled", "failed"), onlyAuthorized: fc.boolean(), version }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("describe" as const), pick, note: fc.string({ maxLength: 3 }), max: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("amend" as const), pick, amount: rarely(amount), yen: fc.option(fc.boolean(), { freq: 1, nil: null }), tendered: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("go_on" as const),
      place: fc.nat({ max: 6 }),
      of: seldom(fc.nat({ max: 3 })),
      act: fc.constantFrom("describe", "cancel", "expire", "advance", "advance", "advance"),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("dispute" as const),
      place: fc.nat({ max: 1 }),
      act: fc.constantFrom("win", "win", "win", "win", "lose", "escalate", "escalate", "say", "keep", "describe", "close", ...Array.from({ length: 9 }, () => "advance" as const)),
    }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      kind: fc.constant("refund" as const),
      pick,
      amount: fc.option(fc.bigInt({ min: 1n, max: 12n }), { freq: 4, nil: null }),
      yen: fc.option(fc.boolean(), { freq: 1, nil: null }),
      fee: fc.oneof(fc.constant("none" as const), fc.constant("share" as const), fc.bigInt({ min: 0n, max: 10n })),
      channel: fc.constantFrom("executed", "reported"),
      reference: rarely(fc.nat({ max: 3 })),
      release: fc.boolean(),
      email: fc.constantFrom(null, "a@example.com", "a+answers@example.com"),
      within: seldom(fc.nat({ max: 6 })),
      version,
      refundsMax: seldom(fc.nat({ max: 3 })),
      ageMax: seldom(fc.nat({ max: 2_000 })),
    }),
  },
);

const extras: fc.Arbitrary<Extras> = fc.record({ refunds: fc.constantFrom(0, 1, 3), entries: fc.boolean(), attempts: fc.boolean() });
const move: fc.Arbitrary<Move> = fc.record({ merchant: fc.nat({ max: 1 }), key: fc.option(fc.nat({ max: 9 }), { freq: 1, nil: null }), act, extras });

/** Moves that arrive together, and how long nothing happened before; the clock may also stand still or go back. */
export type Batch = { readonly pause: number; readonly moves: readonly Move[] };

export const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.record({ pause: fc.integer({ min: -500, max: 3_000 }), moves: fc.array(move, { minLength: 2, maxLength: 6 }) }),
  { minLength: 8, maxLength: 16, size: "max" },
);
