/**
 * The tokens that the sandbox knows: Stripe's `tok_…` and `pm_card_…` (Stripe's API reference: test cards) and Square's `cnon:…`, `ccof:…` and
 * `bnon:…` (Square's API reference: sandbox values), each with the card it stands for and what comes of using it.
 */
import { nameFrom } from "../../base/hash.ts";
import type { DisputeStart } from "../../domain/command.ts";
import { BANK_DEBIT, TRANSFER_METHODS, type Card, type CardBrand, type Decline, type Instrument } from "../../domain/instrument.ts";

type Behaviour =
  | { readonly verdict: "approved" }
  | { readonly verdict: "needs_action" }
  /** Half of what is asked for is there. */
  | { readonly verdict: "half" }
  | { readonly verdict: "under_way" }
  | { readonly verdict: "declined"; readonly decline: Decline };

export type CardToken = {
  readonly instrument: Instrument;
  readonly behaviour: Behaviour;
  /** Whether the card may be kept though payments with it are declined. */
  readonly isKept?: boolean;
};

const approved: Behaviour = { verdict: "approved" };
const declined = (decline: Decline): Behaviour => ({ verdict: "declined", decline });

function card(brand: CardBrand, number: string, more?: Partial<Pick<Card, "funding" | "country">>): Card {
  return {
    kind: "card",
    brand,
    last4: number.slice(-4),
    bin: number.slice(0, 6),
    expMonth: 12,
    expYear: 2034,
    funding: more?.funding ?? "credit",
    country: more?.country ?? "US",
    fingerprint: fingerprintOf(number),
  };
}

const VISA = card("visa", "4242424242424242");
const SQUARE_VISA = card("visa", "4532759734545858");

/** Stripe names a card twice: `tok_NAME` and `pm_card_NAME`. */
const GOOD: readonly [string, Card][] = [
  ["visa", VISA],
  ["visa_debit", card("visa", "4000056655665556", { funding: "debit" })],
  ["mastercard", card("mastercard", "5555555555554444")],
  ["mastercard_debit", card("mastercard", "5200828282828210", { funding: "debit" })],
  ["mastercard_prepaid", card("mastercard", "5105105105105100", { funding: "prepaid" })],
  ["amex", card("amex", "378282246310005")],
  ["discover", card("discover", "6011111111111117")],
  ["diners", card("diners", "3056930009020004")],
  ["jcb", card("jcb", "3566002020360505")],
  ["unionpay", card("unionpay", "6200000000000005")],
  ["bypassPending", card("visa", "4000000000000077")],
  ["pendingRefund", card("visa", "4000000000007726")],
  ["refundFail", card("visa", "4000000000005126")],
];

/** Reasons with the network's code for each (Visa's dispute conditions). */
const FRAUD = { reason: "fraudulent", networkReason: "10.4" } as const;
const NOT_RECEIVED = { reason: "product_not_received", networkReason: "13.1" } as const;

export type DisputeFate = Pick<DisputeStart, "state" | "reason" | "networkReason">;

const DISPUTED: readonly [string, string, DisputeFate][] = [
  ["createDispute", "4000000000000259", { state: "needs_response", ...FRAUD }],
  ["createDisputeProductNotReceived", "4000000000002685", { state: "needs_response", ...NOT_RECEIVED }],
  ["createDisputeInquiry", "4000000000001976", { state: "warning_needs_response", ...FRAUD }],
];

/** Suffix of `tok_chargeDeclined…` and of `pm_card_visa_chargeDeclined…` or `pm_card_chargeDeclined…`. */
const DECLINED: readonly [string, string, Decline][] = [
  ["", "4000000000000002", "generic_decline"],
  ["InsufficientFunds", "4000000000009995", "insufficient_funds"],
  ["LostCard", "4000000000009987", "lost_card"],
  ["StolenCard", "4000000000009979", "stolen_card"],
  ["ExpiredCard", "4000000000000069", "expired_card"],
  ["IncorrectCvc", "4000000000000127", "incorrect_cvc"],
  ["ProcessingError", "4000000000000119", "processing_error"],
  ["Fraudulent", "4100000000000019", "fraudulent"],
];

const GIFT_CARD: Card = { ...card("gift", "7783320000000000", { funding: "prepaid" }), expYear: 2050 };
const BANK: Instrument = { kind: "transfer", method: BANK_DEBIT };

/** Gift cards and bank accounts; which code each of them is refused with is ours. */
const SQUARE_OTHERS: readonly [string, Instrument, Behaviour][] = [
  ["cnon:gift-card-nonce-ok", GIFT_CARD, approved],
  ["cnon:gift-card-nonce-insufficient-funds", GIFT_CARD, { verdict: "half" }],
  ["cnon:gift-card-nonce-insufficient-permission", GIFT_CARD, declined("not_permitted")],
  ["bnon:bank-nonce-ok", BANK, { verdict: "under_way" }],
  ["bnon:bank-nonce-failure", BANK, declined("generic_decline")],
  ["bnon:bank-nonce-account-unusable", BANK, declined("account_unusable")],
  ["bnon:bank-nonce-insufficient-funds", BANK, declined("insufficient_funds")],
  ["bnon:bank-nonce-invalid-account", BANK, declined("account_unknown")],
  ["bnon:bank-nonce-buyer-refused-payment", BANK, declined("refused_by_buyer")],
];

const SQUARE: readonly [string, Behaviour][] = [
  ["cnon:card-nonce-ok", approved],
  ["cnon:card-nonce-declined", declined("generic_decline")],
  ["cnon:card-nonce-rejected-cvv", declined("incorrect_cvc")],
  ["cnon:card-nonce-rejected-postalcode", declined("incorrect_postal_code")],
  ["cnon:card-nonce-rejected-expiration", declined("expired_card")],
  ["cnon:card-nonce-already-used", declined("token_used")],
  ["ccof:customer-card-id-ok", approved],
  ["ccof:customer-card-id-declined", declined("generic_decline")],
  ["ccof:customer-card-id-rejected-postalcode", declined("incorrect_postal_code")],
  ["ccof:customer-card-id-rejected-expiration", declined("expired_card")],
  ["ccof:customer-card-id-requires-verification", declined("authentication_required")],
];

/** `fails_late` succeeds first; all the others that do not end as they begin are under way until then. */
export type RefundFate = "done" | "pending" | "waits" | "rejected" | "fails" | "fails_late" | "declined" | "late";

/** Cards whose refunds do not end at once as they began. */
const FATES: ReadonlyMap<string, RefundFate> = new Map([
  [fingerprintOf("4000000000007726"), "pending"],
  [fingerprintOf("4000000000005126"), "fails_late"],
]);

/** Ours, since Square has none: amounts in minor units that decide what becomes of their refund on a card that Square's tokens stand for. */
const FATES_BY_AMOUNT: ReadonlyMap<bigint, RefundFate> = new Map([
  [7701n, "waits"],
  [7702n, "rejected"],
  [7703n, "fails"],
  [7704n, "declined"],
  [7705n, "late"],
]);

/** What comes of so much money that goes back there. */
export function refundFateOf(instrument: Instrument, amount: bigint): RefundFate {
  if (instrument.kind !== "card") return "done";
  const ofAmount = SQUARE_CARDS.has(instrument.fingerprint) ? FATES_BY_AMOUNT.get(amount) : undefined;
  return ofAmount ?? FATES.get(instrument.fingerprint) ?? "done";
}

const DISPUTE_FATES: ReadonlyMap<string, DisputeFate> = new Map(DISPUTED.map(([, number, fate]) => [fingerprintOf(number), fate]));

const PAID_OTHERWISE = { reason: "general", networkReason: "12.6.2" } as const;

/** Amounts in minor units that bring a chargeback upon a payment made with Square's tokens (Square's API reference: sandbox values), as Visa words their reasons. */
const CHARGEBACKS = new Map<bigint, Omit<DisputeFate, "state">>([
  [8801n, { reason: "general", networkReason: "12.5" }],
  [8802n, { reason: "general", networkReason: "13.7" }],
  [8803n, { reason: "general", networkReason: "12.6.1" }],
  [8804n, FRAUD],
  [8805n, { reason: "general", networkReason: "13.3" }],
  [8806n, NOT_RECEIVED],
  [8807n, PAID_OTHERWISE],
  [8808n, { reason: "general", networkReason: "13.6" }],
  [8809n, { reason: "fraudulent", networkReason: "10.1" }],
]);

/** Amounts at which a payment with Square's tokens is thought a risk (Square's API reference: sandbox values). */
const RISKS = new Map<bigint, "moderate" | "high">([[2222n, "moderate"], [3333n, "high"]]);

export function riskOf(instrument: Instrument, amount: bigint): "moderate" | "high" | null {
  return instrument === SQUARE_VISA ? (RISKS.get(amount) ?? null) : null;
}

/** What comes of a payment of so many minor units with it. */
export function disputeFateOf(instrument: Instrument, amount: bigint): DisputeFate | null {
  if (instrument.kind !== "card") return null;
  const chargeback = instrument.fingerprint === SQUARE_VISA.fingerprint ? CHARGEBACKS.get(amount) : undefined;
  if (chargeback !== undefined) return { state: "needs_response", ...chargeback };
  return DISPUTE_FATES.get(instrument.fingerprint) ?? null;
}

function fingerprintOf(number: string): string {
  return nameFrom(`card ${number}`, 16);
}

export const CARD_TOKENS: ReadonlyMap<string, CardToken> = new Map(tokens());

const SQUARE_CARDS: ReadonlySet<string> = new Set([...CARD_TOKENS].flatMap(([token, { instrument }]) => (instrument.kind === "card" && /^(?:cnon|ccof):/.test(token) ? [instrument.fingerprint] : [])));

/** The first token of each card, by its fingerprint. */
const TOKENS_BY_CARD = new Map(
  [...CARD_TOKENS].toReversed().flatMap(([token, { instrument }]) => (instrument.kind === "card" && token.startsWith("tok_") ? [[instrument.fingerprint, token]] : [])),
);

/** Only test cards have numbers here. */
export function tokenOfNumber(number: string): string | null {
  return TOKENS_BY_CARD.get(fingerprintOf(number)) ?? null;
}

function* tokens(): Generator<[string, CardToken]> {
  for (const [name, good] of GOOD) yield* twice(name, { instrument: good, behaviour: approved });
  for (const method of TRANSFER_METHODS) yield [`pm_${method}`, { instrument: { kind: "transfer", method }, behaviour: approved }];
  for (const [name, number] of DISPUTED) {
    yield* twice(name, { instrument: card("visa", number), behaviour: approved });
  }
  for (const [suffix, number, decline] of DECLINED) {
    const token: CardToken = { instrument: card("visa", number), behaviour: declined(decline) };
    yield [`tok_chargeDeclined${suffix}`, token];
    yield [`tok_visa_chargeDeclined${suffix}`, token];
    yield [`pm_card_visa_chargeDeclined${suffix}`, token];
    yield [`pm_card_chargeDeclined${suffix}`, token];
  }
  yield* twice("chargeCustomerFail", { instrument: card("visa", "4000000000000341"), behaviour: declined("generic_decline"), isKept: true });
  const secured = card("visa", "4000000000003220");
  yield* twice("threeDSecure2Required", { instrument: secured, behaviour: { verdict: "needs_action" } });
  yield* twice("threeDSecureRequired", { instrument: secured, behaviour: { verdict: "needs_action" } });
  for (const [name, behaviour] of SQUARE) yield [name, { instrument: SQUARE_VISA, behaviour }];
  for (const [name, instrument, behaviour] of SQUARE_OTHERS) yield [name, { instrument, behaviour }];
}

function* twice(name: string, token: CardToken): Generator<[string, CardToken]> {
  yield [`tok_${name}`, token];
  yield [`pm_card_${name}`, token];
}
