/** PaymentIntents: update (Stripe's API reference: PaymentIntents). What money hangs on may change until the payment is made, the rest at any time. */
import { moneyOf } from "../../../domain/payment.ts";
import { fail, write } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { customerNamed } from "../ids.ts";
import { metadata, metadataPatch } from "../metadata.ts";
import { currencyCode } from "../money.ts";
import { METHOD, NEXT_METHOD, paymentIntent } from "../objects/payment-intent.ts";
import { clearableText, optional, text } from "../params.ts";
import { missing } from "../problem.ts";
import { PAYING } from "../profile-errors.ts";
import { termsFields, termsOf } from "./connect-params.ts";
import { BILLING, nameMethod } from "./named-method.ts";
import { confirmFields, describing, intentAmount, methodOf, openIntent, saidOf, subjectOf } from "./payment-intents.ts";

const { payment_method, payment_method_data, payment_method_types, receipt_email, setup_future_usage, shipping, capture_method, payment_method_options } = confirmFields;

const updateIntent = endpoint({
  method: "POST",
  path: "/v1/payment_intents/:intent",
  title: "Update a PaymentIntent",
  source: "Stripe's API reference: PaymentIntents",
  params: {
    amount: optional(intentAmount),
    currency: optional(currencyCode("The payment's currency.")),
    customer: optional(text("Whose payment it is.")),
    description: optional(clearableText("Shown to people.")),
    metadata: optional(metadata),
    payment_method,
    payment_method_data,
    payment_method_types,
    receipt_email,
    setup_future_usage,
    shipping,
    capture_method,
    statement_descriptor: optional(text("Kept and echoed.", 22)),
    statement_descriptor_suffix: optional(text("Kept and echoed.", 22)),
    transfer_group: optional(clearableText("Kept and echoed.")),
    payment_method_options,
    ...termsFields,
  },
  returns: { object: "payment_intent", list: false },
  async run(call, params) {
    const on = await openIntent(call, params);
    if ("message" in on) return fail(call, on);
    const { asked, payment } = on;
    const customer = params.customer === undefined ? null : customerNamed(params.customer);
    if (params.customer !== undefined && customer === null) return fail(call, missing("customer", params.customer, PAYING.customer));
    const named = methodOf(params);
    const method = await nameMethod(call, named, moneyOf(payment, payment.requested));
    if (method !== null && "message" in method) return fail(call, method);
    const { [METHOD]: _method, ...described } = describing(params);
    const set = saidOf({
      ...described,
      ...(named === undefined ? {} : { [payment.attempts === 0 ? METHOD : NEXT_METHOD]: named }),
      "stripe:description": params.description,
      "stripe:statement_descriptor": params.statement_descriptor,
      "stripe:statement_descriptor_suffix": params.statement_descriptor_suffix,
      "stripe:transfer_group": params.transfer_group,
    });
    const patch = metadataPatch(params.metadata, set);
    return write(call, {
      command: {
        kind: "amend_payment",
        target: { by: "payment", id: payment.id, as: "intent" },
        amount: params.amount ?? null,
        currency: params.currency ?? null,
        whose: { customer, onFile: method?.onFile ?? null },
        tendered: method !== null,
        onlyFirstCustomer: false,
        terms: { ...termsOf(params), group: params.transfer_group },
        // Whose the method before was says nothing of this one.
        notes: { ...patch, drop: [patch.drop ?? [], params.shipping === null ? "stripe:shipping" : [], named === undefined ? [] : BILLING].flat() },
        attemptNotes: {},
      },
      subject: subjectOf(asked),
      encode: (done, look) => paymentIntent(done, look),
    });
  },
});

export const updateIntentEndpoints: readonly StripeEndpoint[] = [updateIntent];
