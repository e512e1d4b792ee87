/** Transfers from a platform to its accounts: create, retrieve, update, list (Stripe's API reference: Transfers). */
import { merchantOfAccount, receivedOf, transfersOf, type Connect } from "../../../domain/connected.ts";
import { present } from "../../../base/assert.ts";
import type { Money } from "../../../domain/money.ts";
import { moneyOf } from "../../../domain/payment.ts";
import { NO_EXTRAS, type Page, type PaymentView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { attemptOfCharge, transferNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { amount, currencyCode, spokenMoney } from "../money.ts";
import { transfer } from "../objects/transfer.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { choice, clearableText, optional, required, text, unsupported } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { findAccount } from "./accounts.ts";
import { findIn, on, withRefunds, type SideBook } from "./side-refunds.ts";

const SOURCE = "Stripe's API reference: Transfers";
const RETURNS = { object: "transfer", list: false } as const;
export const TRANSFERS: SideBook = { what: "transfer", parameter: "transfer", book: transfersOf, named: transferNamed };

const createTransfer = endpoint({
  method: "POST",
  path: "/v1/transfers",
  title: "Create a transfer",
  source: SOURCE,
  params: {
    amount: optional(amount("How much to transfer, in minor units; without it the whole of the source transaction.")),
    currency: required(currencyCode("The transfer's currency.")),
    destination: required(text("A connected account of yours.")),
    description: optional(text("Shown to people.")),
    metadata: optional(metadata),
    source_transaction: optional(text("The charge of yours whose money it is.")),
    source_type: optional(choice("Taken without effect: all that there is comes from cards.", ["card"])),
    transfer_group: optional(text("Kept and echoed.")),
  },
  returns: RETURNS,
  async run(call, params) {
    const account = await findAccount(call, params.destination);
    if (account === null) return fail(call, missing("destination", params.destination, { param: "destination", status: 400 }));
    const source = params.source_transaction === undefined ? null : await findSource(call, params.source_transaction);
    if (source !== null && "message" in source) return fail(call, source);
    const money = moneyFor(params, source);
    if ("message" in money) return fail(call, money);
    const group = params.transfer_group ?? null;
    const connect: Connect = { role: "transfer", platform: call.merchant, account: account.id, transfer: null, fee: 0n, of: source?.of ?? null, group };
    return write(call, {
      book: transfersOf(call.merchant),
      command: { kind: "send_transfer", connect, money, notes: newNotes(params.metadata, { "stripe:description": params.description }) },
      subject: { kind: "transfer", id: "", param: "id", amountParam: "amount" },
      encode: (done, look) => transfer(done, look),
    });
  },
});

type SourceCharge = { readonly of: NonNullable<Connect["of"]>; readonly captured: Money };

/** A captured charge of the platform's own. What was captured never changes, so it may be looked for before anything is decided. */
async function findSource(call: Call, named: string): Promise<SourceCharge | Problem> {
  const id = attemptOfCharge(named);
  const found = id === null ? null : await call.desk.read.attempt(call.merchant, id, NO_EXTRAS);
  if (id === null || found?.payment.origin !== "processed") return missing("charge", named, { param: "source_transaction", status: 400 });
  // OURS: the words.
  if (found.attempt?.state !== "captured") return invalid(`The charge ${named} has not been captured, so nothing of it can be transferred.`, { param: "source_transaction" });
  return { of: { merchant: call.merchant, attempt: id }, captured: moneyOf(found.payment, found.payment.captured) };
}

/** OURS: the words of all but the first. */
function moneyFor({ amount: asked, currency }: { readonly amount: bigint | undefined; readonly currency: Money["currency"] }, source: SourceCharge | null): Money | Problem {
  if (source === null) return asked === undefined ? invalid("Missing required param: amount.", { code: "parameter_missing", param: "amount" }) : { amount: asked, currency };
  const { captured } = source;
  if (captured.currency !== currency) return invalid(`The transfer's currency (${currency.toLowerCase()}) is not the source transaction's (${captured.currency.toLowerCase()}).`, { param: "currency" });
  const money = { amount: asked ?? captured.amount, currency };
  if (money.amount <= captured.amount) return money;
  return invalid(`The transfer (${spokenMoney(money)}) is greater than its source transaction (${spokenMoney(captured)}).`, { param: "amount" });
}

const retrieveTransfer = endpoint({
  method: "GET",
  path: "/v1/transfers/:transfer",
  title: "Retrieve a transfer",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => on(TRANSFERS, call, async (found) => show(call, transfer(found, call.look))),
});

const updateTransfer = endpoint({
  method: "POST",
  path: "/v1/transfers/:transfer",
  title: "Update a transfer",
  source: SOURCE,
  params: { description: optional(clearableText("Shown to people.")), metadata: optional(metadata) },
  returns: RETURNS,
  async run(call, params) {
    const named = call.ids["transfer"] ?? "";
    const id = transferNamed(named);
    if (id === null) return fail(call, missing("transfer", named, { param: "id" }));
    return write({ ...call, extras: withRefunds(call) }, {
      book: transfersOf(call.merchant),
      command: {
        kind: "describe_payment",
        target: { by: "payment", id, as: "any" },
        notes: metadataPatch(params.metadata, params.description === undefined ? {} : { "stripe:description": params.description }),
        attemptNotes: {},
      },
      subject: { kind: "transfer", id: named, param: "id", amountParam: "amount" },
      encode: (done, look) => transfer(done, look),
    });
  },
});

const listTransfers = endpoint({
  method: "GET",
  path: "/v1/transfers",
  title: "List transfers",
  source: SOURCE,
  params: {
    created: createdField,
    destination: optional(text("Only transfers to this account.")),
    transfer_group: unsupported("Transfers are not found by it."),
    ...pageFields,
  },
  returns: { object: "transfer", list: true },
  async run(call, params) {
    const account = params.destination === undefined ? null : await findAccount(call, params.destination);
    if (params.destination !== undefined && account === null) return fail(call, missing("destination", params.destination, { param: "destination", status: 400 }));
    const { read } = call.desk;
    return answerList<PaymentView>(call, {
      cursors: params,
      span: params.created,
      what: "transfer",
      find: async (id) => (await findIn(TRANSFERS, call, id))?.payment.id ?? null,
      async rows(page: Page) {
        if (account === null) return read.payments(transfersOf(call.merchant), { page, intent: false }, withRefunds(call));
        // What the account received is all that was transferred to it, under the same ids.
        const received = await read.payments(receivedOf(merchantOfAccount(call.merchant, account.id)), { page, intent: false }, NO_EXTRAS);
        return Promise.all(received.map(async ({ payment }) => present(await read.payment(transfersOf(call.merchant), payment.id, withRefunds(call)), "the transfer of what was received")));
      },
      encode: (row) => transfer(row, call.look),
    });
  },
});

export const transferEndpoints: readonly StripeEndpoint[] = [createTransfer, retrieveTransfer, updateTransfer, listTransfers];
