/** A card as charges, payment methods and old sources show it. */
import type { Card, Instrument, Transfer } from "../../../domain/instrument.ts";
import type { Attempt, Payment } from "../../../domain/payment.ts";
import { timeOf } from "../../../domain/id.ts";
import { methodId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { ownerLink } from "./customer.ts";
import { billingDetails } from "./details.ts";
import { askedFor, type Look } from "./encode.ts";
import { savedMethod } from "./saved-method.ts";

type PaymentMethod = Answer<"payment_method">;
type MethodType = PaymentMethod["type"];

const BRAND_NAMES: Readonly<Record<Card["brand"], string>> = {
  visa: "Visa",
  mastercard: "MasterCard",
  amex: "American Express",
  discover: "Discover",
  diners: "Diners Club",
  jcb: "JCB",
  unionpay: "UnionPay",
  gift: "Unknown",
};

/** What was paid elsewhere has a method of the teller's own. */
function methodType(instrument: Instrument): MethodType {
  switch (instrument.kind) {
    case "card":
    case "cash":
      return instrument.kind;
    case "transfer":
      return instrument.method;
    case "external":
      return "custom";
  }
}

const NO_ACCOUNT = { account_holder_type: null, account_type: null, bank_name: null, fingerprint: null, last4: null, routing_number: null };

/** What is known of a method beside its name: nothing, which each method says in its own way. */
const TRANSFERS = {
  konbini: { konbini: { store: null } },
  promptpay: { promptpay: { reference: null } },
  multibanco: { multibanco: { entity: null, reference: null } },
  oxxo: { oxxo: { number: null } },
  customer_balance: { customer_balance: {} },
  us_bank_account: { us_bank_account: { ...NO_ACCOUNT, payment_reference: null } },
} as const satisfies Record<Transfer["method"], object>;

const SAVED_TRANSFERS = {
  konbini: { konbini: {} },
  promptpay: { promptpay: {} },
  multibanco: { multibanco: {} },
  oxxo: { oxxo: {} },
  customer_balance: { customer_balance: {} },
  us_bank_account: { us_bank_account: { ...NO_ACCOUNT, financial_connections_account: null, networks: null, status_details: null } },
} as const satisfies Record<Transfer["method"], object>;

/** A gift card is of no network that Stripe knows. */
export function networkOf({ brand }: Card): Exclude<Card["brand"], "gift"> | "unknown" {
  return brand === "gift" ? "unknown" : brand;
}

const CHECKS = { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" };
const WEEK_SECONDS = 7 * 24 * 3_600;

const seconds = (millis: number): number => Math.floor(millis / 1_000);

export function paymentMethodDetails(payment: Payment, attempt: Attempt): Answer<"charge">["payment_method_details"] {
  const { instrument } = attempt;
  if (payment.connect?.role === "received") return { stripe_account: {}, type: "stripe_account" };
  if (instrument.kind === "transfer") return { ...TRANSFERS[instrument.method], type: instrument.method };
  if (instrument.kind !== "card") return { type: methodType(instrument) };
  const { authorized, latestAttempt } = payment;
  const whole = askedFor(payment, attempt).amount;
  const given = Number(attempt.id === latestAttempt && authorized > 0n && authorized < whole ? authorized : whole);
  return {
    card: {
      ...usedCard(attempt, instrument),
      amount_authorized: given,
      electronic_commerce_indicator: null,
      extended_authorization: { status: "disabled" },
      incremental_authorization: { status: "unavailable" },
      mandate: null,
      multicapture: { status: "unavailable" },
      overcapture: { maximum_amount_capturable: given, status: "unavailable" },
      regulated_status: null,
      transaction_link_id: null,
    },
    type: "card",
  };
}

type RecordedMethod = Answer<"payment_attempt_record">["payment_method_details"];

/** A record says less of its card than a charge, and more of the network's advice. */
export function recordedMethodDetails({ instrument, ...attempt }: Attempt): Pick<RecordedMethod, "card" | "type"> {
  if (instrument.kind !== "card") return { type: methodType(instrument) };
  return { card: { ...usedCard(attempt, instrument), network_advice_code: null, network_decline_code: null }, type: "card" };
}

function usedCard({ state, decline, createdAt }: Pick<Attempt, "state" | "decline" | "createdAt">, card: Card) {
  const { country, expMonth, expYear, fingerprint, funding, last4 } = card;
  const brand = networkOf(card);
  return {
    authorization_code: decline === null ? "000000" : null,
    brand,
    ...(state === "authorized" ? { capture_before: seconds(createdAt) + WEEK_SECONDS } : {}),
    checks: CHECKS,
    country,
    exp_month: expMonth,
    exp_year: expYear,
    fingerprint,
    funding,
    installments: null,
    last4,
    network: brand,
    network_token: { used: false },
    network_transaction_id: null,
    three_d_secure: null,
    wallet: null,
  };
}

/** One on file as it is now, where it is at hand; otherwise what the attempt tells of what it was made with. */
export function paymentMethod(payment: Payment, attempt: Attempt, look: Look): PaymentMethod {
  const saved = attempt.onFile === null ? undefined : look.profiles.get(attempt.onFile);
  if (saved !== undefined) return savedMethod(saved, look);
  return {
    id: methodId(payment, attempt),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: billingDetails(attempt.notes),
    ...methodHash(attempt.instrument),
    created: seconds(attempt.onFile === null ? attempt.createdAt : timeOf(attempt.onFile)),
    customer: attempt.onFile === null ? null : ownerLink(look, attempt.customer),
    customer_account: null,
    livemode: look.livemode,
    metadata: {},
  };
}

export function methodHash(instrument: Instrument): Pick<PaymentMethod, "card" | "type"> {
  if (instrument.kind === "transfer") return { ...SAVED_TRANSFERS[instrument.method], type: instrument.method };
  if (instrument.kind !== "card") return { type: methodType(instrument) };
  const { country, expMonth, expYear, fingerprint, funding, last4 } = instrument;
  const brand = networkOf(instrument);
  return {
    type: "card",
    card: {
      brand,
      checks: CHECKS,
      country,
      display_brand: brand,
      exp_month: expMonth,
      exp_year: expYear,
      fingerprint,
      funding,
      generated_from: null,
      last4,
      networks: { available: [brand], preferred: null },
      regulated_status: null,
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  };
}

/** The `source` of a charge that was made with a token. */
export function cardSource(payment: Payment, attempt: Attempt): Answer<"charge">["source"] {
  const { instrument } = attempt;
  if (payment.intent || attempt.onFile !== null || instrument.kind !== "card") return null;
  return {
    id: methodId(payment, attempt),
    object: "card",
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    brand: BRAND_NAMES[instrument.brand],
    country: instrument.country,
    customer: null,
    cvc_check: "pass",
    dynamic_last4: null,
    exp_month: instrument.expMonth,
    exp_year: instrument.expYear,
    fingerprint: instrument.fingerprint,
    funding: instrument.funding,
    last4: instrument.last4,
    metadata: {},
    name: null,
    regulated_status: null,
    tokenization_method: null,
  };
}
