/** The balance transaction (Stripe's API reference: balance transactions), derived from a journal entry and never kept beside it. */
import { present } from "../../../base/assert.ts";
import type { Entry, EntryKind } from "../../../domain/journal.ts";
import { movementOf } from "../../../domain/movement.ts";
import { balanceTransactionId, chargeId, refundIdOf } from "../ids.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { link, lower, seconds, type Look, type Rows } from "./encode.ts";
import { refundObject } from "./refund.ts";
import { availableOn } from "./settlement.ts";

/** Stripe's word for each kind of entry. */
export const TYPES: Readonly<Record<EntryKind, string>> = { capture: "charge", refund: "refund" };

export function balanceTransaction(entry: Entry, rows: Rows, look: Look): Record<string, unknown> {
  const { gross, fee, net } = movementOf(entry);
  const currency = lower(entry);
  const available_on = availableOn(entry.createdAt);
  const type = TYPES[entry.kind];
  return {
    id: balanceTransactionId(entry.id),
    object: "balance_transaction",
    amount: Number(gross),
    available_on,
    balance_type: "payments",
    created: seconds(entry.createdAt),
    currency,
    description: describe(entry, note(rows.payment.notes, "stripe:description")),
    exchange_rate: null,
    fee: Number(fee),
    fee_details: fee === 0n ? [] : [{ amount: Number(fee), application: null, currency, description: "Application fee", type: "application_fee" }],
    net: Number(net),
    reporting_category: type,
    source: source(entry, rows, look),
    status: available_on <= seconds(look.now) ? "available" : "pending",
    type,
  };
}

/** In words that name the charge as it was described when it was made. */
function describe({ kind }: Entry, charged: string | null): string | null {
  switch (kind) {
    case "capture":
      return charged;
    case "refund":
      return `REFUND FOR CHARGE${charged === null ? "" : ` (${charged})`}`;
  }
}

function source(entry: Entry, rows: Rows, look: Look) {
  switch (entry.kind) {
    case "capture": {
      // The attempt that was captured is the last one.
      const attempt = present(rows.payment.latestAttempt, "the attempt of a capture");
      return link(look, "source", chargeId(attempt), (next) => charge({ ...rows, attempt: rows.latest }, next));
    }
    case "refund":
      return link(look, "source", refundIdOf(present(entry.refundId, "the refund of an entry")), (next) => refundObject(rows, next));
  }
}
