/** PaymentMethods: create, retrieve, update, attach, detach and list (Stripe's API reference: PaymentMethods). */
import { TRANSFER_METHODS } from "../../../domain/instrument.ts";
import type { Profile } from "../../../domain/profile.ts";
import { NO_EXTRAS } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, show, type Call } from "../call.ts";
import { cardHash, readCard } from "../card-params.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { attemptOfMethod, customerNamed, methodNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { paymentMethod } from "../objects/card.ts";
import { billingFields, flatten } from "../objects/details.ts";
import { savedMethod } from "../objects/saved-method.ts";
import { answerList, pageFields, type Cursors } from "../pages.ts";
import { REDISPLAY } from "../shapes/payment-method.ts";
import { choice, hash, optional, required, text, unsupported } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { writeProfile } from "../profile-call.ts";
import type { Naming } from "../profile-errors.ts";
import { attachmentOf } from "./attachment.ts";
import { findCustomer, findFilter } from "./find-customer.ts";
import { saidOf } from "./payment-intents.ts";

const SOURCE = "Stripe's API reference: PaymentMethods";
const RETURNS = { object: "payment_method", list: false } as const;
const TYPES = ["card", ...TRANSFER_METHODS] as const;
const TYPE_MAX = 50;

const NAMING: Naming = { customer: { param: "customer", status: 400 }, method: { param: "payment_method", status: 404 }, paying: false };

const describingFields = {
  billing_details: optional(hash("Whose it is.", billingFields)),
  metadata: optional(metadata),
  allow_redisplay: optional(choice("Kept and echoed.", REDISPLAY)),
};

const createMethod = endpoint({
  method: "POST",
  path: "/v1/payment_methods",
  title: "Create a payment method",
  source: SOURCE,
  params: {
    type: required(choice("Which.", TYPES)),
    card: optional(cardHash),
    ...describingFields,
    customer: unsupported("For platforms."),
    payment_method: unsupported("For platforms."),
  },
  returns: RETURNS,
  async run(call, params) {
    const { type, card } = params;
    const { processor, now } = call.desk;
    if (type === "card" && card === undefined) return fail(call, invalid("Missing required param: card.", { code: "parameter_missing", param: "card" }));
    // OURS: that it is refused is known, and not in which words.
    if (type !== "card" && card !== undefined) return fail(call, invalid(`A payment method of type ${type} has no card.`, { param: "card" }));
    const instrument = card === undefined ? { token: `pm_${type}`, expiry: null } : readCard(card, processor, now());
    if ("message" in instrument) return fail(call, instrument);
    const notes = newNotes(params.metadata, { ...flatten("stripe:billing", params.billing_details), "stripe:allow_redisplay": params.allow_redisplay });
    return writeProfile(call, { command: { kind: "keep_instrument", instrument: { by: "token", ...instrument, notes } }, naming: NAMING, encode: savedMethod });
  },
});

const retrieveMethod = endpoint({
  method: "GET",
  path: "/v1/payment_methods/:payment_method",
  title: "Retrieve a payment method",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  async run(call) {
    const named = call.ids["payment_method"] ?? "";
    const found = await findMethod(call, named);
    if (found !== null) return show(call, savedMethod(found, call.look));
    const id = attemptOfMethod(named);
    const paid = id === null ? null : await call.desk.read.attempt(call.merchant, id, NO_EXTRAS);
    // What a payment was made with that named none of the merchant's own.
    if (paid !== null && paid.payment.intent && paid.attempt !== null && paid.attempt.onFile === null) return show(call, paymentMethod(paid.payment, paid.attempt, call.look));
    return fail(call, noMethod(named));
  },
});

const updateMethod = endpoint({
  method: "POST",
  path: "/v1/payment_methods/:payment_method",
  title: "Update a payment method",
  source: SOURCE,
  params: { ...describingFields, card: unsupported("What a card is does not change here: attach another.") },
  returns: RETURNS,
  run: (call, params) =>
    onMethod(call, (instrument) => ({
      kind: "describe_instrument",
      instrument,
      notes: metadataPatch(params.metadata, saidOf({ ...flatten("stripe:billing", params.billing_details), "stripe:allow_redisplay": params.allow_redisplay })),
    })),
});

const attachMethod = endpoint({
  method: "POST",
  path: "/v1/payment_methods/:payment_method/attach",
  title: "Attach a payment method to a customer",
  source: SOURCE,
  params: { customer: required(text("Whose it is to be.")) },
  returns: RETURNS,
  async run(call, params) {
    const customer = customerNamed(params.customer);
    if (customer === null) return fail(call, missing("customer", params.customer, NAMING.customer));
    const attach = await attachmentOf(call, call.ids["payment_method"] ?? "", NAMING);
    if ("message" in attach) return fail(call, attach);
    return writeProfile(call, { command: { kind: "attach_instrument", attach, customer }, naming: NAMING, encode: savedMethod });
  },
});

const detachMethod = endpoint({
  method: "POST",
  path: "/v1/payment_methods/:payment_method/detach",
  title: "Detach a payment method from its customer",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => onMethod(call, (instrument) => ({ kind: "detach_instrument", instrument })),
});

const listMethods = endpoint({
  method: "GET",
  path: "/v1/payment_methods",
  title: "List a customer's payment methods",
  source: SOURCE,
  params: {
    customer: required(text("Whose they are.")),
    type: optional(text("Only those of this type.", TYPE_MAX)),
    allow_redisplay: unsupported("It is only kept and echoed."),
    ...pageFields,
  },
  returns: { object: "payment_method", list: true },
  async run(call, params) {
    const customer = await findFilter(call, params.customer);
    if (customer === null || "message" in customer) return fail(call, customer ?? missing("customer", params.customer, NAMING.customer));
    return answerMethods(call, customer, params);
  },
});

const listOfCustomer = endpoint({
  method: "GET",
  path: "/v1/customers/:customer/payment_methods",
  title: "List the payment methods of a customer",
  source: SOURCE,
  params: { type: optional(text("Only those of this type.", TYPE_MAX)), allow_redisplay: unsupported("It is only kept and echoed."), ...pageFields },
  returns: { object: "payment_method", list: true },
  async run(call, params) {
    const customer = await pathCustomer(call);
    return "message" in customer ? fail(call, customer) : answerMethods(call, customer, params);
  },
});

const retrieveOfCustomer = endpoint({
  method: "GET",
  path: "/v1/customers/:customer/payment_methods/:payment_method",
  title: "Retrieve a payment method of a customer",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  async run(call) {
    const customer = await pathCustomer(call);
    if ("message" in customer) return fail(call, customer);
    const named = call.ids["payment_method"] ?? "";
    const found = await findMethod(call, named);
    return found?.owner === customer.id ? show(call, savedMethod(found, call.look)) : fail(call, noMethod(named));
  },
});

function answerMethods(call: Call, { id: owner }: Profile, { type = null, ...cursors }: Cursors & { readonly type?: string | null | undefined }): Promise<WireReply> {
  return answerList<Profile>(call, {
    cursors,
    span: undefined,
    what: "PaymentMethod",
    find: async (id) => (await findMethod(call, id))?.id ?? null,
    rows: (page) => call.desk.read.listProfiles(call.merchant, { page, of: "instruments", owner, type }),
    encode: (row) => savedMethod(row, call.look),
  });
}

async function pathCustomer(call: Call): Promise<Profile | Problem> {
  const named = call.ids["customer"] ?? "";
  const found = await findCustomer(call, named);
  return found?.state === "active" ? found : missing("customer", named, { param: "id" });
}

async function findMethod(call: Call, named: string): Promise<Profile | null> {
  const id = methodNamed(named);
  const [found] = id === null ? [] : await call.desk.read.profiles(call.merchant, [id]);
  return found?.kind === "instrument" ? found : null;
}

/** Runs the command on the payment method that the path names. */
async function onMethod(call: Call, command: (instrument: Profile["id"]) => Parameters<typeof writeProfile>[1]["command"]): Promise<WireReply> {
  const named = call.ids["payment_method"] ?? "";
  const id = methodNamed(named);
  if (id === null) return fail(call, noMethod(named));
  return writeProfile(call, { command: command(id), naming: NAMING, encode: savedMethod });
}

function noMethod(named: string): Problem {
  return missing("PaymentMethod", named, NAMING.method);
}

export const methodEndpoints: readonly StripeEndpoint[] = [createMethod, retrieveMethod, updateMethod, attachMethod, detachMethod, listMethods, listOfCustomer, retrieveOfCustomer];
