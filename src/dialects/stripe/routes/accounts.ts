/** Accounts of a platform: create, retrieve, update, list (Stripe's API reference: Accounts). */
import { ownAccount } from "../../../domain/connected.ts";
import type { Profile } from "../../../domain/profile.ts";
import { fail, show, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { accountNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { account, ownAccountObject } from "../objects/account.ts";
import { flatten } from "../objects/details.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { choice, flag, hash, optional, text, unsupported } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import type { Naming } from "../profile-errors.ts";
import { writeProfile } from "../profile-call.ts";
import { ACCOUNT_TYPES, BUSINESS_TYPES } from "../shapes/account.ts";
import { saidOf } from "./payment-intents.ts";

const SOURCE = "Stripe's API reference: Accounts";
const RETURNS = { object: "account", list: false } as const;
const NOT_ASKED = "Nobody is asked who he is here.";

const NAMING: Naming = { customer: { param: "account", status: 404 }, method: { param: "account", status: 404 }, paying: false };

const requested = optional(hash("Taken without effect: every account has it.", { requested: optional(flag("Whether it is wanted.")) }));

const describingFields = {
  business_profile: optional(
    hash("Kept and echoed.", {
      mcc: optional(text("Merchant category code.", 4)),
      name: optional(text("The business's name.")),
      product_description: optional(text("What it sells.")),
      support_email: optional(text("Where its customers write to.")),
      support_phone: optional(text("Where they call.")),
      support_url: optional(text("Where they read.")),
      url: optional(text("Its website.")),
    }),
  ),
  business_type: optional(choice("Kept and echoed.", BUSINESS_TYPES)),
  capabilities: optional(hash("What the account may do. Taken without effect: each may take cards and be transferred to.", { card_payments: requested, transfers: requested })),
  default_currency: optional(text("Kept and echoed; every currency can be taken.", 3)),
  email: optional(text("Kept and echoed; no mail is sent.")),
  metadata: optional(metadata),
  account_token: unsupported(NOT_ASKED),
  company: unsupported(NOT_ASKED),
  documents: unsupported(NOT_ASKED),
  external_account: unsupported("There are no payouts here."),
  individual: unsupported(NOT_ASKED),
  settings: unsupported("There is nothing to set yet."),
  tos_acceptance: unsupported(NOT_ASKED),
};

type Describing = {
  readonly business_profile: Parameters<typeof flatten>[1];
  readonly business_type: string | undefined;
  readonly default_currency: string | undefined;
  readonly email: string | undefined;
};

function describing(params: Describing) {
  return {
    "stripe:business_type": params.business_type,
    "stripe:default_currency": params.default_currency?.toLowerCase(),
    "stripe:email": params.email,
    ...flatten("stripe:business_profile", params.business_profile),
  };
}

const createAccount = endpoint({
  method: "POST",
  path: "/v1/accounts",
  title: "Create an account",
  source: SOURCE,
  params: {
    ...describingFields,
    country: optional(text("Two letters, ISO 3166-1: kept and echoed.", 2)),
    type: optional(choice("Kept and echoed: all accounts are alike here.", ACCOUNT_TYPES)),
    controller: unsupported("All accounts are alike here: the platform acts for them."),
    groups: unsupported("There are no payment rules here."),
  },
  returns: RETURNS,
  async run(call, params) {
    // OURS: that accounts of accounts are not kept here.
    if (call.account !== null) return fail(call, invalid("A connected account cannot have accounts of its own here. Remove the Stripe-Account header from your request."));
    const notes = newNotes(params.metadata, { ...describing(params), "stripe:country": params.country?.toUpperCase(), "stripe:type": params.type });
    return writeProfile(call, { command: { kind: "open_account", notes }, naming: NAMING, encode: account });
  },
});

const retrieveAccount = endpoint({
  method: "GET",
  path: "/v1/accounts/:account",
  title: "Retrieve an account",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => showAccount(call, call.ids["account"] ?? ""),
});

const retrieveOwn = endpoint({
  method: "GET",
  path: "/v1/account",
  title: "Retrieve your own account, or the one that the Stripe-Account header names",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: async (call) => show(call, call.account === null ? ownAccountObject(call.merchant) : account(call.account.profile)),
});

const updateAccount = endpoint({
  method: "POST",
  path: "/v1/accounts/:account",
  title: "Update an account",
  source: SOURCE,
  params: describingFields,
  returns: RETURNS,
  async run(call, params) {
    const named = call.ids["account"] ?? "";
    const id = accountNamed(named);
    if (call.account !== null || id === null) return fail(call, noAccess(named));
    // OURS: what it is to itself is in no book.
    if (id === ownAccount(call.merchant)) return fail(call, invalid("Your own account cannot be changed here."));
    const notes = metadataPatch(params.metadata, saidOf(describing(params)));
    return writeProfile(call, { command: { kind: "describe_account", account: id, notes }, naming: NAMING, encode: account });
  },
});

const listAccounts = endpoint({
  method: "GET",
  path: "/v1/accounts",
  title: "List accounts",
  source: SOURCE,
  params: { created: createdField, ...pageFields },
  returns: { object: "account", list: true },
  run: (call, params) =>
    answerList<Profile>(call, {
      cursors: params,
      span: params.created,
      what: "account",
      find: async (id) => (await findAccount(call, id))?.id ?? null,
      rows: (page) => call.desk.read.listProfiles(call.merchant, { page, of: "accounts" }),
      encode: (row) => account(row),
    }),
});

async function showAccount(call: Call, named: string) {
  if (call.account !== null && accountNamed(named) === call.account.profile.id) return show(call, account(call.account.profile));
  if (accountNamed(named) === ownAccount(call.merchant)) return show(call, ownAccountObject(call.merchant));
  const found = await findAccount(call, named);
  return found === null ? fail(call, noAccess(named)) : show(call, account(found));
}

/** An account of the merchant who calls; null if there is none of that name. */
export async function findAccount(call: Call, named: string): Promise<Profile | null> {
  const id = accountNamed(named);
  const [found] = id === null ? [] : await call.desk.read.profiles(call.merchant, [id]);
  return found?.kind === "account" ? found : null;
}

function noAccess(named: string): Problem {
  return missing("account", named, { param: "account" });
}

export const accountEndpoints: readonly StripeEndpoint[] = [createAccount, retrieveOwn, retrieveAccount, updateAccount, listAccounts];
