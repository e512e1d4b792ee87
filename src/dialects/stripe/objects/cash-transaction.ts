/** How a customer's cash came and went (Stripe's API reference: Cash Balance Transactions), told by the events of what he has in one currency. */
import { present } from "../../../base/assert.ts";
import type { Event, EventKind } from "../../../domain/event.ts";
import type { Payment } from "../../../domain/payment.ts";
import { bankTransferIn, type BankTransfer } from "../bank-transfers.ts";
import { cashTransactionIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { ownerLink } from "./customer.ts";
import { lower, seconds, type Look } from "./encode.ts";

type Transaction = Answer<"customer_cash_balance_transaction">;

/** `amount`: minor units that came in, or that the refund is of. */
export type CashMove = { readonly event: Event; readonly payment: Payment; readonly amount: bigint };

/** A refund that is under way has left the balance, and one that failed is back in it. */
const TYPES: Partial<Readonly<Record<EventKind, Transaction["type"]>>> = {
  "payment.funded": "funded",
  "refund.created": "return_initiated",
  "refund.failed": "return_canceled",
  "refund.canceled": "return_canceled",
};

export const CASH_EVENTS: readonly EventKind[] = ["payment.funded", "refund.created", "refund.failed", "refund.canceled"];

/** OURS: where test money comes from. The banks and numbers are those of Stripe's test accounts. */
const SENDERS = {
  eu_bank_transfer: { eu_bank_transfer: { bic: "COBADEFFXXX", iban_last4: "3000", sender_name: null }, type: "eu_bank_transfer" },
  gb_bank_transfer: { gb_bank_transfer: { account_number_last4: "2345", sender_name: null, sort_code: "108800" }, type: "gb_bank_transfer" },
  jp_bank_transfer: { jp_bank_transfer: { sender_bank: "STRIPE TEST BANK", sender_branch: "STRIPE TEST BRANCH", sender_name: null }, type: "jp_bank_transfer" },
  mx_bank_transfer: { type: "mx_bank_transfer" },
  us_bank_transfer: { type: "us_bank_transfer", us_bank_transfer: { network: "ach", sender_name: null } },
} as const satisfies Readonly<Record<BankTransfer, object>>;

export function cashTransaction({ event, payment, amount }: CashMove, look: Look): Transaction {
  const type = present(TYPES[event.kind], `a word for ${event.kind}`);
  const { captured, refunded, pending, reference = null } = event.after;
  const customer = present(payment.connect, "whose cash it is").account;
  const sender = SENDERS[present(bankTransferIn(payment.currency), "how cash comes in its currency")];
  return {
    id: cashTransactionIdOf(event.id),
    object: "customer_cash_balance_transaction",
    created: seconds(event.createdAt),
    currency: lower(payment),
    customer: present(ownerLink(look, customer), "the customer"),
    customer_account: null,
    ending_balance: Number(captured - refunded - pending),
    ...(type === "funded" ? { funded: { bank_transfer: { ...sender, reference } } } : {}),
    livemode: look.livemode,
    net_amount: Number(type === "return_initiated" ? -amount : amount),
    type,
  };
}
