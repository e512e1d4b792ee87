/**
 * The PaymentRefund object (Square's API reference: the PaymentRefund object): every refund of the book, and every release too. Linked refunds
 * carry no `unlinked`, as in the answers that were observed.
 */
import { parseJson } from "../../../base/json.ts";
import { timeOf } from "../../../domain/id.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import { notesUnder } from "../../../domain/notes.ts";
import type { Refund } from "../../../domain/refund.ts";
import type { Desk } from "../../../engine/wire.ts";
import { locationOf, orderOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireTime } from "../times.ts";
import { destinationDetails, destinationType, type CardOf } from "./destination.ts";
import { wireMoney } from "./money.ts";
import { NOTE_PREFIX } from "./notes.ts";
import { refundStatus } from "./status.ts";

type RefundAnswer = Answer<"PaymentRefund">;

/** Who looks, and what the tokens stand for that a refund may name. */
export type RefundLook = { readonly merchant: MerchantId; readonly cardOf: CardOf };

export function lookOf({ processor }: Pick<Desk, "processor">, merchant: MerchantId): RefundLook {
  return {
    merchant,
    cardOf(token) {
      const instrument = processor.keep(token)?.instrument;
      return instrument?.kind === "card" ? instrument : null;
    },
  };
}

export function refundObject(refund: Refund, { merchant, cardOf }: RefundLook): RefundAnswer {
  const { currency } = refund;
  const notes = notesUnder(refund.notes, NOTE_PREFIX);
  // A refund of no payment stands in a book beside the merchant's own.
  const unlinked = refund.merchant !== merchant;
  return {
    id: refund.id,
    status: refundStatus(refund.state),
    location_id: locationOf(merchant),
    unlinked: unlinked ? true : undefined,
    destination_type: destinationType(refund, notes),
    destination_details: destinationDetails(refund, notes, cardOf),
    amount_money: wireMoney({ amount: refund.amount, currency }),
    app_fee_money: refund.feeReturned > 0n ? wireMoney({ amount: refund.feeReturned, currency }) : undefined,
    app_fee_allocations: refund.feeReturned > 0n ? allocations(refund, notes["app_fee_allocations"]) : undefined,
    processing_fee: processingFee(refund),
    payment_id: unlinked ? undefined : refund.paymentId,
    order_id: orderOf(refund.id),
    reason: notes["reason"],
    created_at: wireTime(refund.createdAt),
    updated_at: wireTime(refund.updatedAt),
    team_member_id: notes["team_member_id"],
  };
}

/** Square keeps its own fee, so that nothing of it comes back: it says so once the money has moved (Square's API reference: the PaymentRefund object). */
function processingFee({ instrument, kind, state, entryId, currency }: Refund): RefundAnswer["processing_fee"] {
  if (instrument !== "card" || kind !== "refund" || state !== "succeeded" || entryId === null) return undefined;
  return [{ effective_at: wireTime(timeOf(entryId)), type: "INITIAL", amount_money: wireMoney({ amount: 0n, currency }) }];
}

/** As they were asked for: each party's location, where one was named, and its part. */
function allocations({ currency }: Refund, note: string | undefined): RefundAnswer["app_fee_allocations"] {
  const parsed = note === undefined ? null : parseJson(note)?.value;
  if (!Array.isArray(parsed)) return undefined;
  return parsed.map((part: unknown) => {
    const [location, amount]: unknown[] = Array.isArray(part) ? part : [];
    const named = typeof location === "string" && location !== "" ? { location_id: location } : {};
    return { ...named, amount_money: wireMoney({ amount: BigInt(typeof amount === "string" ? amount : 0), currency }) };
  });
}
