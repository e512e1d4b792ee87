/** What a customer has in cash (Stripe's API reference: Cash Balance, Cash Balance Transactions, and the test helpers of customers). */
import { present } from "../../../base/assert.ts";
import { cashOf } from "../../../domain/connected.ts";
import type { Event } from "../../../domain/event.ts";
import { entryId, type EventId } from "../../../domain/id.ts";
import type { Payment } from "../../../domain/payment.ts";
import type { Profile } from "../../../domain/profile.ts";
import { NO_EXTRAS, type Page } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { bankTransferIn, CASH_CURRENCIES } from "../bank-transfers.ts";
import { fail, show, write, type Call } from "../call.ts";
import { cashOfCustomer } from "../customers-cash.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { cashTransactionNamed } from "../ids.ts";
import { amount, currencyCode } from "../money.ts";
import { cashBalance, RECONCILIATION } from "../objects/cash-balance.ts";
import { CASH_EVENTS, cashTransaction, type CashMove } from "../objects/cash-transaction.ts";
import { answerList, pageFields } from "../pages.ts";
import { choice, hash, optional, required, text } from "../params.ts";
import { invalid, missing } from "../problem.ts";
import { writeProfile } from "../profile-call.ts";
import { mergePages } from "./books.ts";
import { findCustomer } from "./find-customer.ts";

const SOURCE = "Stripe's API reference: Cash Balance";
const TRANSACTIONS = "Stripe's API reference: Cash Balance Transactions";
const BALANCE = { object: "cash_balance", list: false } as const;
const TRANSACTION = { object: "customer_cash_balance_transaction", list: false } as const;
const WHAT = "customer_cash_balance_transaction";
const MODE = "settings[reconciliation_mode]";

/** Works on the customer whom the path names, or answers that there is none. */
async function onCustomer(call: Call, answer: (customer: Profile) => Promise<WireReply>): Promise<WireReply> {
  const named = call.ids["customer"] ?? "";
  const customer = await findCustomer(call, named);
  return customer?.state === "active" ? answer(customer) : fail(call, missing("customer", named, { param: "id" }));
}

const fund = endpoint({
  method: "POST",
  path: "/v1/test_helpers/customers/:customer/fund_cash_balance",
  title: "Fund a customer's cash balance",
  source: "Stripe's API reference: test helpers of customers",
  params: {
    amount: required(amount("How much comes in, in minor units.")),
    currency: required(currencyCode(`Its currency: ${CASH_CURRENCIES.map((code) => `\`${code.toLowerCase()}\``).join(", ")}.`)),
    reference: optional(text("What the customer writes on the bank transfer.")),
  },
  returns: TRANSACTION,
  async run(call, params) {
    // OURS: the wording of both.
    if (call.livemode) return fail(call, invalid("Test helpers are only for test mode, and this key is one of live mode."));
    if (bankTransferIn(params.currency) === null) {
      const codes = CASH_CURRENCIES.map((code) => code.toLowerCase()).join(", ");
      return fail(call, invalid(`A cash balance cannot be funded in ${params.currency.toLowerCase()}. Bank transfers come in these currencies: ${codes}.`, { param: "currency" }));
    }
    return onCustomer(call, ({ id }) =>
      write(call, {
        book: cashOf(call.merchant),
        command: {
          kind: "fund_cash_balance",
          connect: { role: "cash", platform: call.merchant, account: id, transfer: null, fee: 0n, of: null, group: null },
          money: { amount: params.amount, currency: params.currency },
          reference: params.reference ?? null,
        },
        subject: { kind: "cash balance", id: call.ids["customer"] ?? "", param: "customer", amountParam: "amount" },
        encode: (done, look) => cashTransaction({ event: done.event, payment: done.payment, amount: params.amount }, look),
      }),
    );
  },
});

const retrieveBalance = endpoint({
  method: "GET",
  path: "/v1/customers/:customer/cash_balance",
  title: "Retrieve a customer's cash balance",
  source: SOURCE,
  params: {},
  returns: BALANCE,
  run: (call) => onCustomer(call, async (customer) => show(call, cashBalance(customer, await cashIn(call, customer), call.look))),
});

const updateBalance = endpoint({
  method: "POST",
  path: "/v1/customers/:customer/cash_balance",
  title: "Update the settings of a customer's cash balance",
  source: SOURCE,
  params: {
    settings: optional(
      hash("How what comes in is used.", {
        reconciliation_mode: optional(choice("Nothing is used for a payment by itself: `automatic` is refused, and the default is `manual`.", ["automatic", "manual", "merchant_default"])),
      }),
    ),
  },
  returns: BALANCE,
  run: (call, params) =>
    onCustomer(call, async (customer) => {
      const mode = params.settings?.reconciliation_mode;
      const cash = await cashIn(call, customer);
      if (mode === undefined) return show(call, cashBalance(customer, cash, call.look));
      // OURS.
      if (mode === "automatic") return fail(call, invalid("Cash is not used for payments by itself here: the reconciliation mode can only be manual.", { param: MODE }));
      const set = { [RECONCILIATION]: mode === "merchant_default" ? null : mode };
      return writeProfile(call, {
        command: { kind: "describe_customer", customer: customer.id, email: undefined, preferred: undefined, notes: { set } },
        naming: { customer: { param: "customer", status: 404 }, method: { param: "payment_method", status: 400 }, paying: false },
        encode: (profile, look) => cashBalance(profile, cash, look),
      });
    }),
});

const retrieveTransaction = endpoint({
  method: "GET",
  path: "/v1/customers/:customer/cash_balance_transactions/:transaction",
  title: "Retrieve a cash balance transaction",
  source: TRANSACTIONS,
  params: {},
  returns: TRANSACTION,
  run: (call) =>
    onCustomer(call, async (customer) => {
      const named = call.ids["transaction"] ?? "";
      const found = await findMove(call, await cashIn(call, customer), named);
      return found === null ? fail(call, missing(WHAT, named, { param: "transaction" })) : show(call, cashTransaction(found, call.look));
    }),
});

const listTransactions = endpoint({
  method: "GET",
  path: "/v1/customers/:customer/cash_balance_transactions",
  title: "List a customer's cash balance transactions",
  source: TRANSACTIONS,
  params: pageFields,
  returns: { ...TRANSACTION, list: true },
  run: (call, params) =>
    onCustomer(call, async (customer) => {
      const cash = await cashIn(call, customer);
      return answerList<CashMove>(call, {
        cursors: params,
        span: undefined,
        what: WHAT,
        find: async (id) => (await findMove(call, cash, id))?.event.id ?? null,
        async rows(page) {
          const events = await mergePages(page, cash.map((payment) => (asked) => eventsOf(call, payment, { page: asked, id: null })), ({ id }) => id);
          return Promise.all(events.map((event) => moveOf(call, present(cash.find(({ id }) => id === event.paymentId), "whose event it is"), event)));
        },
        encode: (row) => cashTransaction(row, call.look),
      });
    }),
});

function cashIn({ desk, merchant }: Call, { id }: Profile): Promise<Payment[]> {
  return cashOfCustomer(desk.read, { merchant, customer: id });
}

const ONE: Page = { order: "oldest", after: null, from: null, until: null, limit: 1 };

function eventsOf({ desk }: Call, { merchant, id: paymentId }: Payment, { page, id }: { readonly page: Page; readonly id: EventId | null }): Promise<Event[]> {
  return desk.read.events(merchant, { page, of: { paymentId, kinds: CASH_EVENTS, id } });
}

async function findMove(call: Call, cash: readonly Payment[], named: string): Promise<CashMove | null> {
  const id = cashTransactionNamed(named);
  if (id === null) return null;
  for (const payment of cash) {
    const [event] = await eventsOf(call, payment, { page: ONE, id });
    if (event !== undefined) return moveOf(call, payment, event);
  }
  return null;
}

/** How much it was: as its entry says, which shares its id, or its refund. */
async function moveOf({ desk: { read } }: Call, payment: Payment, event: Event): Promise<CashMove> {
  const { merchant, id, refundId } = event;
  if (refundId !== null) return { event, payment, amount: present(await read.refund(merchant, refundId, NO_EXTRAS), `the refund of event ${id}`).refund.amount };
  const { entry } = present(await read.entry(merchant, entryId(id), NO_EXTRAS), `the entry of event ${id}`);
  return { event, payment, amount: entry.postings.reduce((sum, posting) => sum + posting.amount, 0n) };
}

export const cashBalanceEndpoints: readonly StripeEndpoint[] = [fund, retrieveBalance, updateBalance, listTransactions, retrieveTransaction];
