/** Customers: create, retrieve, update, list, delete (Stripe's API reference: Customers). */
import { EMAIL_MAX, type Profile } from "../../../domain/profile.ts";
import type { Attachment } from "../../../domain/profile-command.ts";
import { fail, show, type Call } from "../call.ts";
import { cashOfCustomer } from "../customers-cash.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { customerNamed, methodNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { customer } from "../objects/customer.ts";
import { addressFields, clearableHash, flatten, shippingFields } from "../objects/details.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { clearableText, hash, optional, text, unsupported } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import type { Naming } from "../profile-errors.ts";
import { writeProfile } from "../profile-call.ts";
import { findCustomer } from "./find-customer.ts";
import { attachmentOf } from "./attachment.ts";
import { saidOf } from "./payment-intents.ts";

const SOURCE = "Stripe's API reference: Customers";
const RETURNS = { object: "customer", list: false } as const;
const INVOICES = "There are no invoices here.";
const DEFAULT_METHOD = "invoice_settings[default_payment_method]";

const NAMING: Naming = { customer: { param: "id", status: 404 }, method: { param: "payment_method", status: 400 }, paying: false };

const describingFields = {
  address: clearableHash("Where he lives.", addressFields),
  description: optional(clearableText("Shown to people.")),
  email: optional(clearableText("Email address, which lists look for to the letter.", EMAIL_MAX)),
  metadata: optional(metadata),
  name: optional(clearableText("Full name or business name.")),
  phone: optional(clearableText("Phone number.")),
  shipping: clearableHash("Where things are shipped to.", shippingFields),
  invoice_settings: optional(
    hash("What is paid with unless told otherwise.", {
      default_payment_method: optional(clearableText("A payment method that is attached to the customer, or is being attached.")),
      custom_fields: unsupported(INVOICES),
      footer: unsupported(INVOICES),
      rendering_options: unsupported(INVOICES),
    }),
  ),
  balance: unsupported(INVOICES),
  business_name: unsupported("Name him by `name`."),
  cash_balance: unsupported("Its settings are updated where the cash balance is."),
  individual_name: unsupported("Name him by `name`."),
  invoice_prefix: unsupported(INVOICES),
  next_invoice_sequence: unsupported(INVOICES),
  preferred_locales: unsupported("No mail is sent."),
  source: unsupported("Attach a payment method instead."),
  tax: unsupported("Taxes are not reckoned here."),
  tax_exempt: unsupported("Taxes are not reckoned here."),
};

const createCustomer = endpoint({
  method: "POST",
  path: "/v1/customers",
  title: "Create a customer",
  source: SOURCE,
  params: {
    ...describingFields,
    payment_method: optional(text("A payment method to attach to the customer.")),
    tax_id_data: unsupported("Taxes are not reckoned here."),
    test_clock: unsupported("There are no test clocks here."),
  },
  returns: RETURNS,
  async run(call, params) {
    const preferred = params.invoice_settings?.default_payment_method ?? undefined;
    const attach = params.payment_method === undefined ? null : await attachmentOf(call, params.payment_method, NAMING);
    if (attach !== null && "message" in attach) return fail(call, attach);
    if (preferred !== undefined && preferred !== params.payment_method) return fail(call, notAttached(preferred));
    const notes = newNotes(params.metadata, {
      "stripe:description": params.description,
      "stripe:name": params.name,
      "stripe:phone": params.phone,
      ...flatten("stripe:address", params.address),
      ...flatten("stripe:shipping", params.shipping),
    });
    return writeProfile(call, {
      command: { kind: "open_customer", email: params.email ?? null, attach: attach satisfies Attachment | null, prefers: preferred !== undefined, notes },
      naming: NAMING,
      encode: customer,
    });
  },
});

const updateCustomer = endpoint({
  method: "POST",
  path: "/v1/customers/:customer",
  title: "Update a customer",
  source: SOURCE,
  params: { ...describingFields, default_source: unsupported("Name a payment method in `invoice_settings` instead.") },
  returns: RETURNS,
  async run(call, params) {
    const named = call.ids["customer"] ?? "";
    const id = customerNamed(named);
    if (id === null) return fail(call, missing("customer", named, NAMING.customer));
    const asked = params.invoice_settings?.default_payment_method;
    const preferred = asked === undefined || asked === null ? asked : methodNamed(asked);
    if (preferred === null && asked !== null && asked !== undefined) return fail(call, missing("PaymentMethod", asked, { param: DEFAULT_METHOD, status: 400 }));
    const set = saidOf({
      "stripe:description": params.description,
      "stripe:name": params.name,
      "stripe:phone": params.phone,
      ...flatten("stripe:address", params.address),
      ...flatten("stripe:shipping", params.shipping),
    });
    const patch = metadataPatch(params.metadata, set);
    const cleared = [params.address === null ? "stripe:address" : [], params.shipping === null ? "stripe:shipping" : []].flat();
    return writeProfile(call, {
      command: { kind: "describe_customer", customer: id, email: params.email, preferred, notes: { ...patch, drop: [...(patch.drop ?? []), ...cleared] } },
      naming: { ...NAMING, method: { param: DEFAULT_METHOD, status: 400 } },
      encode: customer,
    });
  },
});

const deleteCustomer = endpoint({
  method: "DELETE",
  path: "/v1/customers/:customer",
  title: "Delete a customer",
  source: SOURCE,
  params: {},
  returns: { object: "deleted_customer", list: false },
  async run(call) {
    const named = call.ids["customer"] ?? "";
    const id = customerNamed(named);
    if (id === null) return fail(call, missing("customer", named, NAMING.customer));
    const cash = await cashOfCustomer(call.desk.read, { merchant: call.merchant, customer: id });
    // OURS: the words. What comes in at that very moment stays the customer's, and can still be refunded.
    if (cash.length > 0) return fail(call, invalid("You cannot delete a customer with a cash balance, even if nothing is left in it."));
    return writeProfile(call, { command: { kind: "delete_customer", customer: id }, naming: NAMING, encode: customer });
  },
});

const retrieveCustomer = endpoint({
  method: "GET",
  path: "/v1/customers/:customer",
  title: "Retrieve a customer",
  source: SOURCE,
  params: {},
  returns: { ...RETURNS, or: "deleted_customer" },
  async run(call) {
    const named = call.ids["customer"] ?? "";
    const found = await findCustomer(call, named);
    return found === null ? fail(call, missing("customer", named, NAMING.customer)) : show(call, customer(found, call.look));
  },
});

const listCustomers = endpoint({
  method: "GET",
  path: "/v1/customers",
  title: "List customers",
  source: SOURCE,
  params: {
    created: createdField,
    email: optional(text("Only customers of this email address, to the letter.", EMAIL_MAX)),
    test_clock: unsupported("There are no test clocks here."),
    ...pageFields,
  },
  returns: { object: "customer", list: true },
  run: (call: Call, params) =>
    answerList<Profile>(call, {
      cursors: params,
      span: params.created,
      what: "customer",
      find: async (id) => (await findCustomer(call, id))?.id ?? null,
      rows: (page) => call.desk.read.listProfiles(call.merchant, { page, of: "customers", email: params.email ?? null }),
      encode: (row) => customer(row, call.look),
    }),
});

function notAttached(id: string): Problem {
  return invalid(`The customer does not have a payment method with the ID ${id.slice(0, 100)}. The payment method must be attached to the customer.`, { param: DEFAULT_METHOD });
}

export const customerEndpoints: readonly StripeEndpoint[] = [createCustomer, retrieveCustomer, updateCustomer, listCustomers, deleteCustomer];
