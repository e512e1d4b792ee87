/**
 * What the encoders return is what the official SDK says of it. Nothing here runs: the type checker is the test
 * (`npm run types`). A member that the SDK requires and we lack, or that has another type there, does not compile.
 */
import type { Stripe } from "stripe";
import type { EventName } from "../../src/dialects/stripe/event-names.ts";
import type { Answer } from "../../src/dialects/stripe/shapes/objects.ts";

export const account = (ours: Answer<"account">): Stripe.Account => ours;
export const applicationFee = (ours: Answer<"application_fee">): Stripe.ApplicationFee => ours;
export const feeRefund = (ours: Answer<"fee_refund">): Stripe.FeeRefund => ours;
export const transfer = (ours: Answer<"transfer">): Stripe.Transfer => ours;
export const transferReversal = (ours: Answer<"transfer_reversal">): Stripe.TransferReversal => ours;
export const refund = (ours: Answer<"refund">): Stripe.Refund => ours;
export const charge = (ours: Answer<"charge">): Stripe.Charge => ours;
export const customer = (ours: Answer<"customer">): Stripe.Customer => ours;
export const deletedCustomer = (ours: Answer<"deleted_customer">): Stripe.DeletedCustomer => ours;
export const deletedWebhookEndpoint = (ours: Answer<"deleted_webhook_endpoint">): Stripe.DeletedWebhookEndpoint => ours;
export const dispute = (ours: Answer<"dispute">): Stripe.Dispute => ours;
export const event = (ours: Answer<"event">): Stripe.EventBase => ours;
export const paymentIntent = (ours: Answer<"payment_intent">): Stripe.PaymentIntent => ours;
export const paymentMethod = (ours: Answer<"payment_method">): Stripe.PaymentMethod => ours;
export const paymentRecord = (ours: Answer<"payment_record">): Stripe.PaymentRecord => ours;
export const paymentAttemptRecord = (ours: Answer<"payment_attempt_record">): Stripe.PaymentAttemptRecord => ours;
export const cashBalance = (ours: Answer<"cash_balance">): Stripe.CashBalance => ours;
export const cashTransaction = (ours: Answer<"customer_cash_balance_transaction">): Stripe.CustomerCashBalanceTransaction => ours;
export const webhookEndpoint = (ours: Answer<"webhook_endpoint">): Stripe.WebhookEndpoint => ours;
export const balance = (ours: Answer<"balance">): Stripe.Balance => ours;
export const balanceTransaction = (ours: Answer<"balance_transaction">): Stripe.BalanceTransaction => ours;

/**
 * The one list of members that Stripe's wire has (recorded answers of API version 2026-08-26.dahlia) and the SDK's types
 * lack. Any other member of ours that the SDK does not know does not compile.
 */
type OnTheWireOnly = {
  readonly account: never;
  readonly application_fee: never;
  readonly fee_refund: never;
  readonly transfer: never;
  readonly transfer_reversal: never;
  readonly balance: never;
  readonly balance_transaction: never;
  readonly cash_balance: never;
  readonly charge: "destination" | "dispute" | "order" | "refunds.total_count";
  readonly customer: never;
  readonly customer_cash_balance_transaction: never;
  readonly deleted_customer: never;
  readonly deleted_webhook_endpoint: never;
  readonly dispute: never;
  readonly event: never;
  readonly payment_attempt_record: never;
  readonly payment_intent: "shared_payment_granted_token";
  readonly payment_method: never;
  readonly payment_record: never;
  readonly refund: never;
  readonly webhook_endpoint: never;
};

type Sdk = {
  readonly account: Stripe.Account;
  readonly application_fee: Stripe.ApplicationFee;
  readonly fee_refund: Stripe.FeeRefund;
  readonly transfer: Stripe.Transfer;
  readonly transfer_reversal: Stripe.TransferReversal;
  readonly balance: Stripe.Balance;
  readonly balance_transaction: Stripe.BalanceTransaction;
  readonly cash_balance: Stripe.CashBalance;
  readonly charge: Stripe.Charge;
  readonly customer: Stripe.Customer;
  readonly customer_cash_balance_transaction: Stripe.CustomerCashBalanceTransaction;
  readonly deleted_customer: Stripe.DeletedCustomer;
  readonly deleted_webhook_endpoint: Stripe.DeletedWebhookEndpoint;
  readonly dispute: Stripe.Dispute;
  /** Attributes are members of whatever object it is about, by their names. */
  readonly event: Stripe.EventBase & { readonly data: { readonly previous_attributes?: Record<string, unknown> } };
  readonly payment_attempt_record: Stripe.PaymentAttemptRecord;
  readonly payment_intent: Stripe.PaymentIntent;
  readonly payment_method: Stripe.PaymentMethod;
  readonly payment_record: Stripe.PaymentRecord;
  readonly refund: Stripe.Refund;
  readonly webhook_endpoint: Stripe.WebhookEndpoint;
};

/** Paths to members of ours that the SDK's type has not, at every depth; links are left to the objects that they lead to. */
type Strange<Ours, Theirs> = {
  [Name in keyof Ours & string]: Name extends KeyOf<Theirs> ? `${Name}.${StrangeBelow<Ours[Name], Member<Theirs, Name>>}` : Name;
}[keyof Ours & string];

type StrangeBelow<Ours, Theirs> =
  Ours extends readonly (infer Item)[] ? StrangeBelow<Item, Theirs extends readonly (infer Their)[] ? Their : never>
  : Ours extends { readonly object: keyof Sdk } ? never
  : Ours extends object ? Strange<Ours, Extract<Theirs, object>>
  : never;

type KeyOf<Theirs> = Theirs extends unknown ? keyof Theirs : never;
type Member<Theirs, Name> = Theirs extends unknown ? (Name extends keyof Theirs ? Theirs[Name] : never) : never;
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;

export const onlyThoseAreStrange: { readonly [Name in keyof Sdk]: Same<Strange<Answer<Name>, Sdk[Name]>, OnTheWireOnly[Name]> } = {
  account: true,
  application_fee: true,
  fee_refund: true,
  transfer: true,
  transfer_reversal: true,
  balance: true,
  balance_transaction: true,
  cash_balance: true,
  charge: true,
  customer: true,
  customer_cash_balance_transaction: true,
  deleted_customer: true,
  deleted_webhook_endpoint: true,
  dispute: true,
  event: true,
  payment_attempt_record: true,
  payment_intent: true,
  payment_method: true,
  payment_record: true,
  refund: true,
  webhook_endpoint: true,
};

/** An endpoint may ask for whatever it may ask for at Stripe, and for nothing else. */
export const allNames: Same<EventName, Stripe.Event["type"]> = true;
export const allAskedFor: Same<EventName | "*", Stripe.WebhookEndpointCreateParams.EnabledEvent> = true;
