/** Every object that is answered with, by its name: what each looks like, and the type that its encoder returns. */
import { either, flag, list, literal, members, named, sometimes, text, whole, type Shape, type Shown } from "../../../base/shape.ts";
import type { Returns } from "../../../engine/declaration.ts";
import type { ObjectName } from "../expand.ts";
import { ACCOUNT } from "./account.ts";
import { APPLICATION_FEE, FEE_REFUND } from "./application-fee.ts";
import { BALANCE } from "./balance.ts";
import { BALANCE_TRANSACTION } from "./balance-transaction.ts";
import { CASH_BALANCE, CASH_TRANSACTION } from "./cash-balance.ts";
import { CHARGE } from "./charge.ts";
import { CUSTOMER, DELETED_CUSTOMER } from "./customer.ts";
import { DISPUTE } from "./dispute.ts";
import { EVENT } from "./event.ts";
import { PAYMENT_INTENT } from "./payment-intent.ts";
import { PAYMENT_METHOD } from "./payment-method.ts";
import { PAYMENT_ATTEMPT_RECORD, PAYMENT_RECORD } from "./payment-record.ts";
import type { PROBLEM } from "./problem.ts";
import { REFUND } from "./refund.ts";
import { TRANSFER, TRANSFER_REVERSAL } from "./transfer.ts";
import { DELETED_WEBHOOK_ENDPOINT, WEBHOOK_ENDPOINT } from "./webhook-endpoint.ts";

type AnswerName = Exclude<ObjectName, "invoice_settings" | "nothing" | "source">;

export const OBJECTS = {
  account: ACCOUNT,
  application_fee: APPLICATION_FEE,
  balance: BALANCE,
  balance_transaction: BALANCE_TRANSACTION,
  cash_balance: CASH_BALANCE,
  charge: CHARGE,
  customer: CUSTOMER,
  customer_cash_balance_transaction: CASH_TRANSACTION,
  deleted_customer: DELETED_CUSTOMER,
  deleted_webhook_endpoint: DELETED_WEBHOOK_ENDPOINT,
  dispute: DISPUTE,
  event: EVENT,
  fee_refund: FEE_REFUND,
  payment_attempt_record: PAYMENT_ATTEMPT_RECORD,
  payment_intent: PAYMENT_INTENT,
  payment_method: PAYMENT_METHOD,
  payment_record: PAYMENT_RECORD,
  refund: REFUND,
  transfer: TRANSFER,
  transfer_reversal: TRANSFER_REVERSAL,
  webhook_endpoint: WEBHOOK_ENDPOINT,
} satisfies Readonly<Record<AnswerName, Shape>>;

/** An interface, so that objects may lead to one another and back. */
interface Answers {
  account: Shown<typeof ACCOUNT, Answers>;
  application_fee: Shown<typeof APPLICATION_FEE, Answers>;
  balance: Shown<typeof BALANCE, Answers>;
  balance_transaction: Shown<typeof BALANCE_TRANSACTION, Answers>;
  cash_balance: Shown<typeof CASH_BALANCE, Answers>;
  charge: Shown<typeof CHARGE, Answers>;
  customer: Shown<typeof CUSTOMER, Answers>;
  customer_cash_balance_transaction: Shown<typeof CASH_TRANSACTION, Answers>;
  deleted_customer: Shown<typeof DELETED_CUSTOMER, Answers>;
  deleted_webhook_endpoint: Shown<typeof DELETED_WEBHOOK_ENDPOINT, Answers>;
  dispute: Shown<typeof DISPUTE, Answers>;
  event: Shown<typeof EVENT, Answers>;
  fee_refund: Shown<typeof FEE_REFUND, Answers>;
  payment_attempt_record: Shown<typeof PAYMENT_ATTEMPT_RECORD, Answers>;
  payment_intent: Shown<typeof PAYMENT_INTENT, Answers>;
  payment_method: Shown<typeof PAYMENT_METHOD, Answers>;
  payment_record: Shown<typeof PAYMENT_RECORD, Answers>;
  refund: Shown<typeof REFUND, Answers>;
  transfer: Shown<typeof TRANSFER, Answers>;
  transfer_reversal: Shown<typeof TRANSFER_REVERSAL, Answers>;
  webhook_endpoint: Shown<typeof WEBHOOK_ENDPOINT, Answers>;
}

/** What the encoder of that object returns. */
export type Answer<Name extends AnswerName> = Answers[Name];
export type ErrorAnswer = Shown<typeof PROBLEM, Answers>;

/** The object, or what is there in its place, or a page of a list (Stripe's API reference: conventions). */
export function answerShape({ object, list: isList, or }: Returns): Shape {
  if (!isList) return or === undefined ? named(object) : either(named(object), named(or));
  return members({
    object: literal("list"),
    /** Beside the refunds of one charge stands how many there are. */
    ...(object === "refund" ? { count: sometimes(whole) } : {}),
    data: list(named(object)),
    has_more: flag,
    url: text,
  });
}
