/** The Customer, as it is answered with, and what is left of one that was deleted (Stripe's API reference: Customers). */
import { either, flag, list, literal, members, named, nothing, nullable, sometimes, text, texts, whole, yes } from "../../../base/shape.ts";
import { ADDRESS } from "./details.ts";
import { link, time } from "./link.ts";

const maybe = nullable(text);

/** A recipient whom nobody named is left out. */
const CUSTOMER_SHIPPING = members({ address: ADDRESS, name: sometimes(text), phone: maybe });

export const CUSTOMER = members(
  {
    id: text,
    object: literal("customer"),
    address: nullable(ADDRESS),
    balance: whole,
    cash_balance: sometimes(named("cash_balance")),
    created: time,
    currency: nothing,
    customer_account: nothing,
    default_source: nothing,
    delinquent: flag,
    description: maybe,
    discount: nothing,
    email: maybe,
    invoice_prefix: text,
    invoice_settings: members({ custom_fields: nothing, default_payment_method: nullable(link("payment_method")), footer: nothing, rendering_options: nothing }),
    livemode: flag,
    metadata: texts,
    name: maybe,
    next_invoice_sequence: whole,
    phone: maybe,
    preferred_locales: list(text),
    shipping: nullable(CUSTOMER_SHIPPING),
    tax_exempt: literal("none"),
    test_clock: nothing,
  },
  "Whose payments are, and for whom payment methods are kept.",
);

export const DELETED_CUSTOMER = members({ id: text, object: literal("customer"), deleted: yes }, "All that is known of a customer who was deleted.");

/** Where a payment names its customer: by the id, or the whole customer, or what is left of one that was deleted. */
export const CUSTOMER_LINK = nullable(either(text, named("customer"), named("deleted_customer")));
