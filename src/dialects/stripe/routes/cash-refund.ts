/** `POST /v1/refunds` with `origin=customer_balance` (Stripe's API reference: Refunds): what a customer has in cash goes back to his bank. */
import { cashIdOf, cashOf } from "../../../domain/connected.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, write, type Call } from "../call.ts";
import { currencyCode } from "../money.ts";
import { refundObject } from "../objects/refund.ts";
import { choice, optional, text, type Decoded } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { findCustomer } from "./find-customer.ts";
import { refundCommand, type refundFields } from "./refund-params.ts";

/** What names a customer's cash in place of a charge. */
export const cashFields = {
  currency: optional(currencyCode("With `origin`: the currency of the cash.")),
  customer: optional(text("With `origin`: whose cash it is.")),
  origin: optional(choice("Where the money is taken from, if it is no charge's: with it come `customer`, `currency` and `amount`. With `instructions_email` too, the customer is asked for another bank than the money came from.", ["customer_balance"])),
};

type Params = Decoded<typeof refundFields> & Decoded<typeof cashFields> & { readonly charge: string | undefined };

export function namesCash({ origin, customer, currency }: Params): boolean {
  return origin !== undefined || customer !== undefined || currency !== undefined;
}

export async function refundCash(call: Call, params: Params): Promise<WireReply> {
  const { customer: named, currency, amount } = params;
  const strange = strangeTo(params);
  if (strange !== null) return fail(call, strange);
  if (named === undefined) return fail(call, absent("customer"));
  if (currency === undefined) return fail(call, absent("currency"));
  if (amount === undefined) return fail(call, absent("amount"));
  // Also one who was deleted: what he has is still his.
  const customer = await findCustomer(call, named);
  if (customer === null) return fail(call, missing("customer", named, { param: "customer", status: 400 }));
  const target = { by: "payment", id: cashIdOf(customer.id, currency), as: "any" } as const;
  return write(call, {
    book: cashOf(call.merchant),
    command: { ...refundCommand(params, { target, within: null }), release: false },
    subject: { kind: "cash balance", id: named, param: "customer", amountParam: "amount" },
    encode: (done, look) => refundObject(done, look),
  });
}

/** OURS: that these do not go together is plain, and not in which words it is said. */
function strangeTo({ origin, charge, payment_intent, refund_application_fee, reverse_transfer, customer }: Params): Problem | null {
  if (origin === undefined) {
    const param = customer === undefined ? "currency" : "customer";
    return invalid(`You may only specify \`${param}\` for a refund of a customer's cash balance, together with \`origin=customer_balance\`.`, { param });
  }
  const others = { charge, payment_intent, refund_application_fee: refund_application_fee === true || undefined, reverse_transfer: reverse_transfer === true || undefined };
  const [other] = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : name));
  return other === undefined ? null : invalid(`You may not specify \`${other}\` for a refund with \`origin=customer_balance\`: it is of no charge.`, { param: other });
}

function absent(param: string): Problem {
  return invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}
