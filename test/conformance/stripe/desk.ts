/** A merchant of its own for every test: the unmodified SDK, and bare HTTP for what the SDK has no method for. */
import assert from "node:assert/strict";
import { Stripe } from "stripe";
import { call, freshKey, stripeFor, type Answer, type TestServer } from "../../test-server.ts";

export type Form = Readonly<Record<string, string>>;

export type StripeDesk = {
  readonly stripe: Stripe;
  readonly server: TestServer;
  readonly key: string;
  readonly get: (path: string, headers?: Form) => Promise<Answer>;
  readonly post: (path: string, form?: Form, headers?: Form) => Promise<Answer>;
};

export function openDesk(server: TestServer, key = freshKey()): StripeDesk {
  return {
    stripe: stripeFor(server, key),
    server,
    key,
    get: (path, headers = {}) => call(server, key, { path, headers }),
    post: (path, form = {}, headers = {}) => call(server, key, { method: "POST", path, form, headers }),
  };
}

/** What an error says: absent members are null. */
export type Said = { readonly status: number | undefined; readonly code: string | null; readonly param: string | null; readonly message: string };

/** The error that the SDK throws, or a failed test if it throws none. */
export async function thrown(work: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Stripe.errors.StripeError, String(error));
    return error;
  }
  return assert.fail("the request was answered with success");
}

export async function refused(work: Promise<unknown>): Promise<Said> {
  const { statusCode, code, param, message } = await thrown(work);
  return { status: statusCode, code: code ?? null, param: param ?? null, message };
}

export function said(message: string, more: { readonly code?: string; readonly param?: string; readonly status?: number } = {}): Said {
  return { status: more.status ?? 400, code: more.code ?? null, param: more.param ?? null, message };
}

/** The named member of an object of unknown shape. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  let at = value;
  for (const name of names) {
    assert.ok(typeof at === "object" && at !== null, `no object around ${name}`);
    at = new Map<string, unknown>(Object.entries(at)).get(name);
  }
  return at;
}

export function textMember(value: unknown, ...names: readonly string[]): string {
  const text = member(value, ...names);
  assert.ok(typeof text === "string", `${names.join(".")} is not a text`);
  return text;
}

/** Every path to a member, such as `payment_method_details.custom.type`: what an object can say, without what it says. */
export function shapeOf(value: unknown, at = ""): ReadonlySet<string> {
  if (typeof value !== "object" || value === null) return new Set();
  return new Set(
    Object.entries(value).flatMap(([name, inner]) => {
      const path = at === "" ? name : `${at}.${name}`;
      return [path, ...shapeOf(inner, path)];
    }),
  );
}

/** The object behind a link that was expanded. */
export function expanded<T extends object>(link: string | T | null | undefined): T {
  assert.ok(typeof link === "object" && link !== null, "the link is not expanded");
  return link;
}

export type CustomerLink = string | Stripe.Customer | Stripe.DeletedCustomer | null | undefined;

/** The customer behind a link, who was not deleted. */
export function living(link: CustomerLink): Stripe.Customer {
  const found = expanded<Stripe.Customer | Stripe.DeletedCustomer>(link);
  assert.ok(found.deleted !== true, `${found.id} was deleted`);
  return found;
}

export function linkId(link: string | { readonly id: string } | null | undefined): string {
  assert.ok(link !== null && link !== undefined, "there is no link");
  return typeof link === "string" ? link : link.id;
}

export function chargeOf({ stripe }: StripeDesk, amount = 1000, more: Partial<Stripe.ChargeCreateParams> = {}): Promise<Stripe.Charge> {
  return stripe.charges.create({ amount, currency: "usd", source: "tok_visa", ...more });
}

export function intentOf({ stripe }: StripeDesk, amount = 1000, more: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount,
    currency: "usd",
    confirm: true,
    payment_method: "pm_card_visa",
    automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    ...more,
  });
}

export const NOW = 1_730_000_000;

/** A payment that was made elsewhere and not yet ended. */
export function openRecordOf({ stripe }: StripeDesk, value = 1000, more: Partial<Stripe.PaymentRecordReportPaymentParams> = {}): Promise<Stripe.PaymentRecord> {
  return stripe.paymentRecords.reportPayment({
    amount_requested: { currency: "usd", value },
    initiated_at: NOW,
    payment_method_details: { type: "custom", custom: { display_name: "newpay", type: "cpmt_1" } },
    ...more,
  });
}

/** A payment that was made elsewhere, and is guaranteed. */
export function recordOf(desk: StripeDesk, value = 1000, more: Partial<Stripe.PaymentRecordReportPaymentParams> = {}): Promise<Stripe.PaymentRecord> {
  return openRecordOf(desk, value, { outcome: "guaranteed", guaranteed: { guaranteed_at: NOW }, ...more });
}

export function refundReport(reference: string, value?: number): Stripe.PaymentRecordReportRefundParams {
  return {
    outcome: "refunded",
    processor_details: { type: "custom", custom: { refund_reference: reference } },
    refunded: { refunded_at: NOW },
    ...(value === undefined ? {} : { amount: { currency: "usd", value } }),
  };
}
