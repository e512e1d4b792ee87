/** What an entry was made for, so that it is shown with it: a refund, a dispute, or neither of them, as with a capture. */
import type { DisputeId, RefundId } from "../domain/id.ts";
import type { Entry } from "../domain/journal.ts";
import type { Payment } from "../domain/payment.ts";
import type { EntryView, PaymentView } from "./views.ts";

type Cause = { readonly refund: RefundId | null; readonly dispute: DisputeId | null };

export function causeOf({ kind, refundId }: Entry, { disputeId }: Payment): Cause {
  switch (kind) {
    case "capture":
    case "fee_return":
      return { refund: null, dispute: null };
    case "refund":
    case "refund_failure":
      return { refund: refundId, dispute: null };
    case "chargeback":
    case "chargeback_reversal":
      // A payment has one dispute at most.
      return { refund: null, dispute: disputeId };
  }
}

/** What stands beside an entry that has no cause, or whose cause was not asked for. */
export const NO_CAUSE: Omit<EntryView, "entry" | keyof PaymentView> = {
  refund: null,
  refundEntry: null,
  failureEntry: null,
  dispute: null,
  withdrawalEntry: null,
  reversalEntry: null,
};
