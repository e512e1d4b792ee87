/** Balance transactions: retrieve and list, also under their old name (Stripe's API reference: balance transactions). */
import { currency } from "../../../domain/currency.ts";
import type { EntryId } from "../../../domain/id.ts";
import { entryKind } from "../../../engine/row-values.ts";
import type { EntryKind } from "../../../domain/journal.ts";
import { NO_EXTRAS, type EntryQuery, type EntryView, type Extras } from "../../../engine/views.ts";
import { fail, show, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { attemptOfCharge, entryOf, feeNamed, feeRefundNamed, markOf, receivedNamed, receivedRefundNamed, refundNamed, reversalNamed, transferNamed } from "../ids.ts";
import { balanceTransaction, WORDS } from "../objects/balance-transaction.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { optional, text } from "../params.ts";
import { missing } from "../problem.ts";
import { booksOf, mergePages, type MarkedBook } from "./books.ts";

const SOURCE = "Stripe's API reference: balance transactions";
const WHAT = "balance transaction";
const TYPES = [...new Set(Object.values(WORDS).flatMap((kinds) => Object.values(kinds).map(({ type }) => type)))];

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
      source: optional(text("Only those of this charge, refund, fee or transfer. Those of a dispute are not found by it.")),
      type: optional(text(`Only those of this type, such as ${TYPES.map((type) => `\`${type}\``).join(" or ")}.`)),
      ...pageFields,
    },
    returns: { object: "balance_transaction", list: true },
    async run(call, params) {
      const { payout, type } = params;
      if (payout !== undefined) return fail(call, missing("payout", payout, { param: "payout", status: 400 }));
      const named = params.currency === undefined ? null : currency(params.currency.toUpperCase());
      const source = params.source === undefined ? null : await entriesOf(call, params.source);
      // What names nothing that there is gives an empty list, and no error.
      const nothing = params.currency !== undefined && named === null;
      const books = nothing ? [] : booksOf(call).flatMap(({ mark, merchant }) => {
        const kinds = kindsIn(mark, type);
        const isAsked = kinds.length > 0 && (source === null || (source.mark === mark && source.ids.length > 0));
        return isAsked ? { mark, merchant, query: { kinds, currency: named, ids: source?.ids ?? null } } : [];
      });
      return answerList<EntryView>(call, {
        cursors: params,
        span: params.created,
        what: WHAT,
        find: async (id) => nameOf(await findTransaction(call, id)),
        rows: (page) => mergePages(page, books.map(({ mark, merchant, query }) => (asked) => pageOf(call, { mark, merchant }, { page: asked, ...query })), (row) => nameOf(row) ?? ""),
        encode: (row) => balanceTransaction(row.entry, row, call.look),
      });
    },
  });

function kindsIn(mark: string, type: string | undefined): readonly EntryKind[] {
  return Object.entries(WORDS[mark] ?? {}).flatMap(([kind, words]) => (type === undefined || words.type === type ? entryKind(kind) : []));
}

/** What puts transactions in order: one id body may be in several books, whose marks tell them apart. */
function nameOf(found: EntryView | null): string | null {
  return found === null ? null : `${found.entry.id}${markOf(found.payment)}`;
}

/** A page of one book, behind a cursor that may name an entry of another. */
async function pageOf(call: Call, { mark, merchant }: MarkedBook, query: EntryQuery): Promise<readonly EntryView[]> {
  const { page } = query;
  const [id, other] = page.after === null ? [null, ""] : [page.after.slice(0, ID_LENGTH), page.after.slice(ID_LENGTH)];
  // An entry of the same id in this book stands behind the cursor's where its mark does.
  const follows = id !== null && (page.order === "newest" ? mark < other : mark > other);
  const rows = await call.desk.read.entries(merchant, { ...query, page: { ...page, after: id } }, extrasIn(mark, call));
  if (!follows) return rows;
  const same = entryOf(`txn_${id}`);
  const beside = same === null ? [] : await call.desk.read.entries(merchant, { ...query, page: { ...page, after: null }, ids: query.ids === null ? [same.id] : query.ids.filter((one) => one === same.id) }, extrasIn(mark, call));
  return [...beside, ...rows];
}

/** A fee or a transfer that is a source shows what came back of it. */
function extrasIn(mark: string, { extras, look }: Call): Extras {
  return (mark === "f" || mark === "t") && look.expand.has("source") ? { ...extras, refunds: SHOWN } : extras;
}

const SHOWN = 10;
const ID_LENGTH = 24;

/** What was only reported moved no money here, so that its entries are none of these. */
async function findTransaction(call: Call, named: string): Promise<EntryView | null> {
  const transaction = entryOf(named);
  const book = booksOf(call).find(({ mark }) => mark === transaction?.mark);
  const found = transaction === null || book === undefined ? null : await call.desk.read.entry(book.merchant, transaction.id, extrasIn(book.mark, call));
  return found?.payment.origin === "processed" ? found : null;
}

type Found = { readonly mark: string; readonly ids: readonly EntryId[] };

/** The entries that a charge, a refund, a fee or a transfer led to: none where it is unknown, or moved nothing. As at Stripe, a dispute's are not found by it. */
async function entriesOf(call: Call, named: string): Promise<Found> {
  const { read } = call.desk;
  const bookOf = (mark: string) => booksOf(call).find((book) => book.mark === mark)?.merchant;
  const byPayment = [["f", feeNamed(named)], ["t", transferNamed(named)], ["p", receivedNamed(named)]] as const;
  for (const [mark, id] of byPayment) {
    const merchant = bookOf(mark);
    if (id === null || merchant === undefined) continue;
    const found = await read.payment(merchant, id, NO_EXTRAS);
    return { mark, ids: [found?.payment.captureEntry ?? []].flat() };
  }
  const byRefund = [["", refundNamed(named)], ["f", feeRefundNamed(named)], ["t", reversalNamed(named)], ["p", receivedRefundNamed(named)]] as const;
  for (const [mark, id] of byRefund) {
    const merchant = bookOf(mark);
    if (id === null || merchant === undefined) continue;
    const found = await read.refund(merchant, id, NO_EXTRAS);
    return { mark, ids: [found?.refund.entryId ?? [], found?.refund.failureEntryId ?? []].flat() };
  }
  const attempt = attemptOfCharge(named);
  const found = attempt === null ? null : await read.attempt(call.merchant, attempt, NO_EXTRAS);
  return { mark: "", ids: found?.attempt?.state === "captured" && found.payment.captureEntry !== null ? [found.payment.captureEntry] : [] };
}

export const balanceTransactionEndpoints: readonly StripeEndpoint[] = [
  listAt("/v1/balance_transactions"),
  retrieveAt("/v1/balance_transactions/:id"),
  listAt("/v1/balance/history"),
  retrieveAt("/v1/balance/history/:id"),
];
