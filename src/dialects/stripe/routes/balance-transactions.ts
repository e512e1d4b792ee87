/** Balance transactions: retrieve and list, also under their old name (Stripe's API reference: balance transactions). */
import { currency } from "../../../domain/currency.ts";
import type { EntryId } from "../../../domain/id.ts";
import { entryKind } from "../../../engine/row-values.ts";
import { NO_EXTRAS, type EntryView } from "../../../engine/views.ts";
import { fail, show, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { attemptOfCharge, entryOf, refundNamed } from "../ids.ts";
import { balanceTransaction, TYPES } from "../objects/balance-transaction.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { optional, text } from "../params.ts";
import { missing } from "../problem.ts";

const SOURCE = "Stripe's API reference: balance transactions";
const WHAT = "balance transaction";
const KINDS = Object.keys(TYPES).map(entryKind);

const retrieveAt = (path: string) =>
  endpoint({
    method: "GET",
    path,
    title: "Retrieve a balance transaction",
    source: SOURCE,
    params: {},
    returns: { object: "balance_transaction", list: false },
    async run(call) {
      const named = call.ids["id"] ?? "";
      const found = await findTransaction(call, named);
      return found === null ? fail(call, missing(WHAT, named, { param: "id" })) : show(call, balanceTransaction(found.entry, found, call.look));
    },
  });

const listAt = (path: string) =>
  endpoint({
    method: "GET",
    path,
    title: "List balance transactions",
    source: SOURCE,
    params: {
      created: createdField,
      currency: optional(text("Only those in this currency.")),
      payout: optional(text("Only those of this payout. There are none here, so none is found.")),
      source: optional(text("Only those of this charge or refund. Those of a dispute are not found by it.")),
      type: optional(text(`Only those of this type, such as ${[...new Set(Object.values(TYPES))].map((type) => `\`${type}\``).join(" or ")}.`)),
      ...pageFields,
    },
    returns: { object: "balance_transaction", list: true },
    async run(call, params) {
      const { payout, type } = params;
      if (payout !== undefined) return fail(call, missing("payout", payout, { param: "payout", status: 400 }));
      const kinds = KINDS.filter((kind) => type === undefined || TYPES[kind] === type);
      const named = params.currency === undefined ? null : currency(params.currency.toUpperCase());
      const ids = params.source === undefined ? null : await entriesOf(call, params.source);
      // What names nothing that there is gives an empty list, and no error.
      const nothing = kinds.length === 0 || ids?.length === 0 || (params.currency !== undefined && named === null);
      return answerList<EntryView>(call, {
        cursors: params,
        span: params.created,
        what: WHAT,
        find: async (id) => (await findTransaction(call, id))?.entry.id ?? null,
        rows: async (page) => (nothing ? [] : call.desk.read.entries(call.merchant, { page, kinds, currency: named, ids }, call.extras)),
        encode: (row) => balanceTransaction(row.entry, row, call.look),
      });
    },
  });

/** What was only reported moved no money here, so that its entries are none of these. */
async function findTransaction(call: Call, named: string): Promise<EntryView | null> {
  const id = entryOf(named);
  const found = id === null ? null : await call.desk.read.entry(call.merchant, id, call.extras);
  return found?.payment.origin === "processed" ? found : null;
}

/** The entries that a charge or a refund led to: none where it is unknown, or moved nothing. As at Stripe, a dispute's are not found by it. */
async function entriesOf({ desk, merchant }: Call, named: string): Promise<readonly EntryId[]> {
  const [attempt, refund] = [attemptOfCharge(named), refundNamed(named)];
  if (attempt !== null) {
    const found = await desk.read.attempt(merchant, attempt, NO_EXTRAS);
    return found?.attempt?.state === "captured" && found.payment.captureEntry !== null ? [found.payment.captureEntry] : [];
  }
  const found = refund === null ? null : await desk.read.refund(merchant, refund, NO_EXTRAS);
  return found === null ? [] : [found.refund.entryId ?? [], found.refund.failureEntryId ?? []].flat();
}

export const balanceTransactionEndpoints: readonly StripeEndpoint[] = [
  listAt("/v1/balance_transactions"),
  retrieveAt("/v1/balance_transactions/:id"),
  listAt("/v1/balance/history"),
  retrieveAt("/v1/balance/history/:id"),
];
