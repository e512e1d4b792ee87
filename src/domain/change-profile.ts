/** What happens to customers, to instruments on file and to accounts. Each decision gives every profile that it makes or changes, the one that was asked about first. */
import { present, unreachable } from "../base/assert.ts";
import { profileId } from "./id.ts";
import type { Instrument } from "./instrument.ts";
import type { MerchantId } from "./merchant.ts";
import type { Moment } from "./moment.ts";
import { NO_NOTES, patchNotes, type NotesPatch } from "./notes.ts";
import type { Profile } from "./profile.ts";
import type { AttachInstrument, Attachment, DescribeCustomer, Keeping, NewInstrument, OpenCustomer, ProfileCommand } from "./profile-command.ts";
import type { ProfileRefusal } from "./profile-refusal.ts";
import { findCustomer, findInstrument, type FindProfile } from "./whose.ts";

export type ProfileFacts = {
  readonly merchant: MerchantId;
  readonly find: FindProfile;
  /** What the processor says to a token; it was asked before whether it knows it. */
  readonly keep: (token: string) => Keeping | null;
  readonly moment: Moment;
};

export type ProfileOutcome = { readonly changed: readonly [Profile, ...Profile[]] } | { readonly refusal: ProfileRefusal };

export function changeProfile(command: ProfileCommand, facts: ProfileFacts): ProfileOutcome {
  switch (command.kind) {
    case "open_customer":
      return openCustomer(command, facts);
    case "describe_customer":
      return describeCustomer(command, facts);
    case "delete_customer": {
      const customer = findCustomer(command.customer, facts.find);
      return "code" in customer ? refuse(customer) : changed(facts, { ...customer, state: "deleted", email: null, preferred: null, notes: NO_NOTES });
    }
    case "keep_instrument":
      return { changed: [newInstrument(command.instrument, facts)] };
    case "attach_instrument":
      return attachInstrument(command, facts);
    case "detach_instrument":
      return detachInstrument(command.instrument, facts);
    case "describe_instrument": {
      const instrument = facts.find(command.instrument);
      if (instrument?.kind !== "instrument") return refuse({ code: "instrument_not_found", id: command.instrument });
      return described(instrument, command.notes, facts);
    }
    case "open_account":
      return { changed: [{ ...blank(facts), kind: "account", notes: command.notes }] };
    case "describe_account": {
      const account = facts.find(command.account);
      if (account?.kind !== "account") return refuse({ code: "account_not_found", id: command.account });
      return described(account, command.notes, facts);
    }
    case "open_endpoint":
      return { changed: [{ ...blank(facts), kind: "endpoint", dialect: command.dialect, notes: command.notes }] };
    case "describe_endpoint":
    case "delete_endpoint": {
      const endpoint = facts.find(command.endpoint);
      if (endpoint?.kind !== "endpoint" || endpoint.dialect !== command.dialect || endpoint.state === "deleted") return refuse({ code: "endpoint_not_found", id: command.endpoint });
      if (command.kind === "describe_endpoint" && (command.ifVersion ?? endpoint.version) !== endpoint.version) return refuse({ code: "endpoint_changed", id: endpoint.id });
      return command.kind === "describe_endpoint" ? described(endpoint, command.notes, facts) : changed(facts, { ...endpoint, state: "deleted", notes: NO_NOTES });
    }
    default:
      return unreachable(command);
  }
}

function openCustomer({ email, attach, prefers, notes }: OpenCustomer, facts: ProfileFacts): ProfileOutcome {
  const customer: Profile = { ...blank(facts), kind: "customer", email, notes };
  if (attach === null) return { changed: [customer] };
  const instrument = attachment(attach, facts);
  if ("code" in instrument) return refuse(instrument);
  return { changed: [{ ...customer, preferred: prefers ? instrument.id : null }, { ...instrument, owner: customer.id }] };
}

function describeCustomer({ customer: id, email, preferred, notes }: DescribeCustomer, facts: ProfileFacts): ProfileOutcome {
  const customer = findCustomer(id, facts.find);
  if ("code" in customer) return refuse(customer);
  if (preferred !== undefined && preferred !== null) {
    const instrument = findInstrument(preferred, facts.find);
    if ("code" in instrument) return refuse(instrument);
    if (instrument.owner !== id) return refuse({ code: "instrument_of_another", instrument, customer: id });
  }
  return described({ ...customer, email: email === undefined ? customer.email : email, preferred: preferred === undefined ? customer.preferred : preferred }, notes, facts);
}

function attachInstrument({ attach, customer: id }: AttachInstrument, facts: ProfileFacts): ProfileOutcome {
  const customer = findCustomer(id, facts.find);
  if ("code" in customer) return refuse(customer);
  const instrument = attachment(attach, facts);
  return "code" in instrument ? refuse(instrument) : { changed: [{ ...instrument, owner: id }] };
}

/** Who prefers it prefers nothing from now on. */
function detachInstrument(id: Profile["id"], facts: ProfileFacts): ProfileOutcome {
  const instrument = facts.find(id);
  if (instrument?.kind !== "instrument") return refuse({ code: "instrument_not_found", id });
  if (instrument.owner === null) return refuse({ code: "instrument_unattached", instrument });
  const owner = present(facts.find(instrument.owner), `the owner of ${id}`);
  const left = changed(facts, { ...instrument, state: "spent", owner: null });
  return owner.preferred === id ? { changed: [...left.changed, ...changed(facts, { ...owner, preferred: null }).changed] } : left;
}

/** The instrument as it is once it has a new owner, who stands in no field of it yet. */
function attachment(attach: Attachment, facts: ProfileFacts): Profile | ProfileRefusal {
  if (attach.by === "token") {
    const { decline } = present(facts.keep(attach.token), "what the processor says to a token");
    return decline === null ? newInstrument(attach, facts) : { code: "instrument_declined", decline };
  }
  const instrument = findInstrument(attach.id, facts.find);
  if ("code" in instrument) return instrument;
  if (instrument.owner !== null) return { code: "instrument_attached", instrument };
  const decline = facts.keep(present(instrument.token, "the token of an instrument"))?.decline ?? null;
  return decline === null ? next(instrument, facts) : { code: "instrument_declined", decline };
}

function newInstrument({ token, expiry, notes }: NewInstrument, facts: ProfileFacts): Profile {
  const { instrument } = present(facts.keep(token), "what the processor says to a token");
  return { ...blank(facts), kind: "instrument", instrument: expiring(instrument, expiry), token, notes };
}

function expiring(instrument: Instrument, expiry: NewInstrument["expiry"]): Instrument {
  return expiry === null || instrument.kind !== "card" ? instrument : { ...instrument, expMonth: expiry.month, expYear: expiry.year };
}

function described(profile: Profile, patch: NotesPatch, facts: ProfileFacts): ProfileOutcome {
  const notes = patchNotes(profile.notes, patch);
  return notes === null ? refuse({ code: "profile_notes_full", max: patch.limit?.max ?? 0 }) : changed(facts, { ...profile, notes });
}

function blank({ merchant, moment }: ProfileFacts): Omit<Profile, "kind"> {
  const { now } = moment;
  return { merchant, id: profileId(moment.id()), createdAt: now, updatedAt: now, version: 1, state: "active", owner: null, preferred: null, email: null, instrument: null, token: null, dialect: null, notes: NO_NOTES };
}

function next(profile: Profile, { moment }: ProfileFacts): Profile {
  return { ...profile, version: profile.version + 1, updatedAt: moment.now };
}

function changed(facts: ProfileFacts, profile: Profile): { readonly changed: readonly [Profile] } {
  return { changed: [next(profile, facts)] };
}

function refuse(refusal: ProfileRefusal): ProfileOutcome {
  return { refusal };
}
