/** One command on its way: who asks, what, under which keys, and how the answer is worded. */
import type { Command } from "../domain/command.ts";
import type { Event, EventRequest } from "../domain/event.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Profile } from "../domain/profile.ts";
import type { ProfileCommand } from "../domain/profile-command.ts";
import type { ProfileRefusal } from "../domain/profile-refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { StoredReply } from "./store.ts";
import type { DisputeView, Extras, PaymentView, RefundView } from "./views.ts";

/** What goes to the wire, and into the book with the money. */
export type Reply = { readonly status: number; readonly body: string };

/** What was done, with all the extras that were asked for. */
export type Done = PaymentView &
  Pick<RefundView, "refundEntry" | "failureEntry"> &
  Pick<DisputeView, "withdrawalEntry" | "reversalEntry"> & { readonly refund: RefundView["refund"] | null; readonly dispute: DisputeView["dispute"] | null; /** What tells it. */ readonly event: Event; /** What changed with it in other books. */ readonly elsewhere: readonly Done[] };

/** The key was first used for something else. */
export type Conflict = { readonly conflict: { readonly claim: Claim; readonly first: StoredReply } };

export type Result = { readonly done: Done } | { readonly refusal: Refusal } | Conflict;

/** The profile that was asked about, as it now is, and those by the ids of others that came with it. */
export type ProfileDone = { readonly profile: Profile; readonly around: readonly Profile[] };

export type ProfileResult = { readonly done: ProfileDone } | { readonly refusal: ProfileRefusal } | Conflict;

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

type Asked = {
  readonly merchant: MerchantId;
  readonly requestId: string;
  readonly claims: readonly Claim[];
  /** As its events tell it: none of what happens by itself. */
  readonly request?: EventRequest | null;
};

/** On a payment. */
export type PaymentJob = Asked & {
  readonly command: Command;
  /** Whose book it is about, where that is not the merchant's own: one that follows from it (`domain/connected.ts`). */
  readonly book?: MerchantId;
  readonly profile?: never;
  readonly extras: Extras;
  /** Pure: it runs inside the transaction, and what it returns is saved with the money. */
  readonly reply: (result: Result) => Reply;
};

/** On a customer or an instrument on file. */
export type ProfileJob = Asked & {
  readonly profile: ProfileCommand;
  readonly command?: never;
  /** As above. */
  readonly reply: (result: ProfileResult) => Reply;
};

export type Job = PaymentJob | ProfileJob;

export type Answer =
  | { readonly kind: "decided"; readonly reply: Reply }
  | { readonly kind: "replayed"; readonly reply: Reply; readonly firstRequestId: string };
