/** One command on its way: who asks, what, under which keys, and how the answer is worded. */
import type { Command } from "../domain/command.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { StoredReply } from "./store.ts";
import type { DisputeView, Extras, PaymentView, RefundView } from "./views.ts";

/** What goes to the wire, and into the book with the money. */
export type Reply = { readonly status: number; readonly body: string };

/** What was done, with all the extras that were asked for. */
export type Done = PaymentView &
  Pick<RefundView, "refundEntry" | "failureEntry"> &
  Pick<DisputeView, "withdrawalEntry" | "reversalEntry"> & { readonly refund: RefundView["refund"] | null; readonly dispute: DisputeView["dispute"] | null };

/** A conflict: the key was first used for something else. */
export type Result =
  | { readonly done: Done }
  | { readonly refusal: Refusal }
  | { readonly conflict: { readonly claim: Claim; readonly first: StoredReply } };

/**
 * A key under which the same request must have the same effect once. `binds` says when: an idempotency key is bound by
 * whatever is answered, a reference of the caller's own only by what was done.
 */
export type Claim = {
  readonly scope: string;
  readonly key: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly binds: "always" | "when_done";
};

export type Job = {
  readonly merchant: MerchantId;
  readonly requestId: string;
  readonly command: Command;
  readonly claims: readonly Claim[];
  readonly extras: Extras;
  /** Pure: it runs inside the transaction, and what it returns is saved with the money. */
  readonly reply: (result: Result) => Reply;
};

export type Answer =
  | { readonly kind: "decided"; readonly reply: Reply }
  | { readonly kind: "replayed"; readonly reply: Reply; readonly firstRequestId: string };
