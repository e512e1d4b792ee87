/** What can be asked of customers, of instruments on file, and of accounts. */
import type { ProfileId } from "./id.ts";
import type { Decline, Instrument } from "./instrument.ts";
import type { Notes, NotesPatch } from "./notes.ts";

/** What a processor says to a token that is to be kept. */
export type Keeping = { readonly instrument: Instrument; readonly decline: Decline | null };

/** An instrument that is to be on file: one that is there already, or a new one by a processor's token. */
export type Attachment = { readonly by: "profile"; readonly id: ProfileId } | NewInstrument;
/** `expiry` where the caller told another than the token's own. */
export type NewInstrument = { readonly by: "token"; readonly token: string; readonly expiry: { readonly month: number; readonly year: number } | null; readonly notes: Notes };

export type OpenCustomer = {
  readonly kind: "open_customer";
  readonly email: string | null;
  /** An instrument that is put on file for the customer, who prefers it if `prefers` says so. */
  readonly attach: Attachment | null;
  readonly prefers: boolean;
  readonly notes: Notes;
};

export type DescribeCustomer = {
  readonly kind: "describe_customer";
  readonly customer: ProfileId;
  /** Undefined leaves it as it is; so does an undefined `preferred`. */
  readonly email: string | null | undefined;
  readonly preferred: ProfileId | null | undefined;
  readonly notes: NotesPatch;
};

export type DeleteCustomer = { readonly kind: "delete_customer"; readonly customer: ProfileId };

/** An instrument on file for nobody yet. */
export type KeepInstrument = { readonly kind: "keep_instrument"; readonly instrument: NewInstrument };

export type AttachInstrument = { readonly kind: "attach_instrument"; readonly attach: Attachment; readonly customer: ProfileId };

export type DetachInstrument = { readonly kind: "detach_instrument"; readonly instrument: ProfileId };

export type DescribeInstrument = { readonly kind: "describe_instrument"; readonly instrument: ProfileId; readonly notes: NotesPatch };

export type OpenAccount = { readonly kind: "open_account"; readonly notes: Notes };

export type DescribeAccount = { readonly kind: "describe_account"; readonly account: ProfileId; readonly notes: NotesPatch };

export type OpenEndpoint = { readonly kind: "open_endpoint"; readonly dialect: string; readonly notes: Notes };

/** `dialect`: an endpoint of another is not found. */
export type DescribeEndpoint = { readonly kind: "describe_endpoint"; readonly dialect: string; readonly endpoint: ProfileId; readonly notes: NotesPatch; /** Only if it is still at that version. */ readonly ifVersion?: number };

export type DeleteEndpoint = { readonly kind: "delete_endpoint"; readonly dialect: string; readonly endpoint: ProfileId };

export type ProfileCommand =
  | OpenEndpoint | DescribeEndpoint | DeleteEndpoint
  | OpenCustomer | DescribeCustomer | DeleteCustomer | KeepInstrument | AttachInstrument | DetachInstrument | DescribeInstrument | OpenAccount | DescribeAccount;
