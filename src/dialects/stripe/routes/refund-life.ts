/** What happens to a refund after it was made: updated, canceled, or expired by a test (Stripe's API reference: Refunds, and its test helpers). */
import type { Command } from "../../../domain/command.ts";
import type { AttemptId, RefundId } from "../../../domain/id.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { metadata, metadataPatch, type MetadataChange } from "../metadata.ts";
import { refundObject } from "../objects/refund.ts";
import { findRefund, placeOfRefund } from "./refunds.ts";
import { optional } from "../params.ts";
import { invalid, missing } from "../problem.ts";

const SOURCE = "Stripe's API reference: Refunds";
const RETURNS = { object: "refund", list: false } as const;

export const updateFields = { metadata: optional(metadata) };

/** Runs the command on the refund that the path names. */
export async function onRefund(call: Call, command: (refund: RefundId) => Command) {
  const named = call.ids["refund"] ?? "";
  const place = placeOfRefund(call, named);
  if (place === null) return fail(call, missing("refund", named, { param: "refund" }));
  return write(call, {
    book: place.book,
    command: command(place.id),
    subject: { kind: "refund", id: named, param: "refund", amountParam: "amount" },
    encode: (done, look) => refundObject(done, look),
  });
}

/** Nothing that is said changes nothing: the refund is answered with as it is. */
export async function describe(call: Call, said: MetadataChange | undefined, of: AttemptId | null) {
  if (said !== undefined) return onRefund(call, (refund) => ({ kind: "describe_refund", refund, of, notes: metadataPatch(said) }));
  const named = call.ids["refund"] ?? "";
  const found = await findRefund(call, named);
  if (found === null || (of !== null && found.refund.attemptId !== of)) return fail(call, missing("refund", named, { param: "refund" }));
  return show(call, refundObject(found, call.look));
}

const updateRefund = endpoint({
  method: "POST",
  path: "/v1/refunds/:refund",
  title: "Update a refund",
  source: SOURCE,
  params: updateFields,
  returns: RETURNS,
  run: (call, params) => describe(call, params.metadata, null),
});

const cancelRefund = endpoint({
  method: "POST",
  path: "/v1/refunds/:refund/cancel",
  title: "Cancel a refund",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => onRefund(call, (refund) => ({ kind: "end_refund", refund, of: null, outcome: "canceled" })),
});

const expireRefund = endpoint({
  method: "POST",
  path: "/v1/test_helpers/refunds/:refund/expire",
  title: "Expire a refund",
  source: "Stripe's API reference: test helpers of Refunds",
  params: {},
  returns: RETURNS,
  async run(call) {
    // OURS: the wording.
    if (call.livemode) return fail(call, invalid("Test helpers are only for test mode, and this key is one of live mode."));
    return onRefund(call, (refund) => ({ kind: "end_refund", refund, of: null, outcome: "failed" }));
  },
});

export const refundLifeEndpoints: readonly StripeEndpoint[] = [updateRefund, cancelRefund, expireRefund];
