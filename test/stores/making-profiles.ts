/** Customers and instruments on file for the stores' tests, made by the kernel itself. */
import { present } from "../../src/base/assert.ts";
import { changeProfile, type ProfileOutcome } from "../../src/domain/change-profile.ts";
import type { ProfileId } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { ProfileCommand } from "../../src/domain/profile-command.ts";
import type { Changes } from "../../src/engine/store.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { ACME, NO_CHANGES, type Maker } from "./making.ts";

/** What becomes of the profiles that are given. */
export function decide(maker: Maker, command: ProfileCommand, known: readonly Profile[] = [], merchant: MerchantId = ACME): ProfileOutcome {
  const sandbox = makeSandbox();
  return changeProfile(command, { merchant, find: (id: ProfileId) => known.find((profile) => profile.id === id) ?? null, keep: (token) => sandbox.keep(token), moment: maker.moment() });
}

export function changedBy(outcome: ProfileOutcome): readonly [Profile, ...Profile[]] {
  if ("refusal" in outcome) throw new Error(`refused: ${outcome.refusal.code}`);
  return outcome.changed;
}

export function makeCustomer(maker: Maker, { merchant, email = null }: { readonly merchant?: MerchantId; readonly email?: string | null } = {}): Profile {
  return changedBy(decide(maker, { kind: "open_customer", email, attach: null, prefers: false, notes: { "test.name": "é 𝄞" } }, [], merchant))[0];
}

export function makeAccount(maker: Maker, { merchant }: { readonly merchant?: MerchantId } = {}): Profile {
  return changedBy(decide(maker, { kind: "open_account", notes: { "test.name": "é 𝄞" } }, [], merchant))[0];
}

export function makeEndpoint(maker: Maker, { merchant, dialect = "stripe" }: { readonly merchant?: MerchantId; readonly dialect?: string } = {}): Profile {
  return changedBy(decide(maker, { kind: "open_endpoint", dialect, notes: { "test.name": "é 𝄞" } }, [], merchant))[0];
}

export function makeInstrument(maker: Maker, { owner = null, token = "pm_card_visa", merchant }: { readonly owner?: Profile | null; readonly token?: string; readonly merchant?: MerchantId } = {}): Profile {
  const instrument = { by: "token", token, expiry: null, notes: {} } as const;
  if (owner === null) return changedBy(decide(maker, { kind: "keep_instrument", instrument }, [], merchant))[0];
  return changedBy(decide(maker, { kind: "attach_instrument", attach: instrument, customer: owner.id }, [owner], owner.merchant))[0];
}

/** A payment of the customer's, with his instrument if one is given. */
export function ofCustomer(made: Accepted, customer: Profile, onFile: Profile | null = null): Accepted {
  const names = { customer: customer.id, onFile: onFile?.id ?? null };
  const { payment, attempt } = made;
  return { ...made, payment: { ...payment, ...names }, attempt: attempt && { ...attempt, ...names } };
}

export function addingProfiles(...newProfiles: readonly Profile[]): Changes {
  return { ...NO_CHANGES, newProfiles };
}

/** What saves the profile as it is now, in place of what was loaded. */
export function changingProfile(loaded: Profile, change: Partial<Profile>): Changes {
  return { ...NO_CHANGES, changedProfiles: [{ profile: { ...loaded, version: loaded.version + 1, ...change }, loaded }] };
}

export function instrumentOf(profile: Profile) {
  return present(profile.instrument, "the instrument");
}
