import type { Millis, ProfileId } from "./id.ts";
import type { Instrument } from "./instrument.ts";
import type { MerchantId } from "./merchant.ts";
import type { Notes } from "./notes.ts";

/** A customer, or an instrument on file: what is kept to be paid with again; or an account of a platform; or an endpoint, to which a merchant's events are told. It carries no money: that of an account is in the book of the merchant that it is (`connected.ts`). */
export type ProfileKind = "customer" | "instrument" | "account" | "endpoint";

/**
 * `spent` is an instrument that was on file for a customer and is no more: it is never used again. `deleted` is a customer, or an
 * endpoint, that is only known by its id. No profile is ever taken away, so that whoever names one finds it.
 */
export type ProfileState = "active" | "spent" | "deleted";

export type Profile = {
  readonly merchant: MerchantId;
  readonly id: ProfileId;
  readonly kind: ProfileKind;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  /** 1 at first, one more with every change. */
  readonly version: number;
  readonly state: ProfileState;
  /** The customer for whom an instrument is on file. */
  readonly owner: ProfileId | null;
  /** The instrument that a customer pays with unless another is named. */
  readonly preferred: ProfileId | null;
  /** What lists of customers look for, at most `EMAIL_MAX` characters. */
  readonly email: string | null;
  readonly instrument: Instrument | null;
  /** The processor's own name of the instrument. */
  readonly token: string | null;
  /** The wire API in which an endpoint is told of events; null of everything else. */
  readonly dialect: string | null;
  readonly notes: Notes;
};

/** It is part of an index, whose keys have a limit. */
export const EMAIL_MAX = 512;

/** What lists of a customer's instruments look for: `card`, or the name of a method of transfer. */
export function instrumentType(instrument: Instrument): string {
  return instrument.kind === "transfer" ? instrument.method : instrument.kind;
}
