/** A card as charges, payment methods and old sources show it. */
import type { Card, Instrument, Transfer } from "../../../domain/instrument.ts";
import type { Attempt, Payment } from "../../../domain/payment.ts";
import { timeOf } from "../../../domain/id.ts";
import { methodId } from "../ids.ts";
import { customerLink } from "./customer.ts";
import { billingDetails } from "./details.ts";
import { askedFor, type Look } from "./encode.ts";
import { savedMethod } from "./saved-method.ts";

const BRAND_NAMES: Readonly<Record<Card["brand"], string>> = {
  visa: "Visa",
  mastercard: "MasterCard",
  amex: "American Express",
  discover: "Discover",
  diners: "Diners Club",
  jcb: "JCB",
  unionpay: "UnionPay",
};

const CHECKS = { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" };
const WEEK_SECONDS = 7 * 24 * 3_600;

const seconds = (millis: number): number => Math.floor(millis / 1_000);

export function paymentMethodDetails(payment: Payment, attempt: Attempt) {
  const { instrument } = attempt;
  if (instrument.kind === "transfer") return transferHash(instrument);
  if (instrument.kind !== "card") return { type: instrument.kind };
  const { brand, country, expMonth, expYear, fingerprint, funding, last4 } = instrument;
  const held = attempt.state === "authorized";
  const asked = Number(askedFor(payment, attempt).amount);
  return {
    card: {
      amount_authorized: asked,
      authorization_code: attempt.decline === null ? "000000" : null,
      brand,
      ...(held ? { capture_before: seconds(attempt.createdAt) + WEEK_SECONDS } : {}),
      checks: CHECKS,
      country,
      electronic_commerce_indicator: null,
      exp_month: expMonth,
      exp_year: expYear,
      extended_authorization: { status: "disabled" },
      fingerprint,
      funding,
      incremental_authorization: { status: "unavailable" },
      installments: null,
      last4,
      mandate: null,
      multicapture: { status: "unavailable" },
      network: brand,
      network_token: { used: false },
      network_transaction_id: null,
      overcapture: { maximum_amount_capturable: asked, status: "unavailable" },
      regulated_status: null,
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
    type: "card",
  };
}

/** One on file as it is now, where it is at hand; otherwise what the attempt tells of what it was made with. */
export function paymentMethod(payment: Payment, attempt: Attempt, look: Look): Record<string, unknown> {
  const saved = attempt.onFile === null ? undefined : look.profiles.get(attempt.onFile);
  if (saved !== undefined) return savedMethod(saved, look);
  return {
    id: methodId(payment, attempt),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: { ...billingDetails(attempt.notes), tax_id: null },
    ...methodHash(attempt.instrument),
    created: seconds(attempt.onFile === null ? attempt.createdAt : timeOf(attempt.onFile)),
    customer: attempt.onFile === null ? null : customerLink(look, attempt.customer),
    customer_account: null,
    livemode: look.livemode,
    metadata: {},
  };
}

export function methodHash(instrument: Instrument) {
  if (instrument.kind === "transfer") return transferHash(instrument);
  if (instrument.kind !== "card") return { type: instrument.kind };
  const { brand, country, expMonth, expYear, fingerprint, funding, last4 } = instrument;
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

/** A method that tells nothing of itself but its name. */
function transferHash({ method }: Transfer) {
  return { [method]: {}, type: method };
}

/** The `source` of a charge that was made with a token. */
export function cardSource(payment: Payment, attempt: Attempt) {
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
    tokenization_method: null,
    wallet: null,
  };
}
