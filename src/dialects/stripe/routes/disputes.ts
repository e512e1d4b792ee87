/** Disputes: retrieve, list, answer and close, and the same by their charge's older address (Stripe's API reference: Disputes). */
import type { Command } from "../../../domain/command.ts";
import type { DisputeId } from "../../../domain/id.ts";
import type { DisputeView } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { evidenceFields } from "../evidence.ts";
import { attemptOfCharge, disputeIdOf, disputeNamed } from "../ids.ts";
import { metadata, metadataPatch } from "../metadata.ts";
import { disputeObject } from "../objects/dispute.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { flag, hash, optional, text, type Decoded } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { findFilter } from "./refunds.ts";

const SOURCE = "Stripe's API reference: Disputes";
const OF_CHARGE = "Stripe's API reference: the dispute of a charge, by its older address";
const RETURNS = { object: "dispute", list: false } as const;

const updateFields = {
  evidence: optional(hash("What speaks for the merchant. A text that is given again replaces the one before, an empty one takes it away.", evidenceFields)),
  metadata: optional(metadata),
  submit: optional(flag("Whether the evidence goes to the bank now, which it does unless told; false keeps it for later.")),
};

const retrieveDispute = endpoint({
  method: "GET",
  path: "/v1/disputes/:dispute",
  title: "Retrieve a dispute",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => showDispute(call, call.ids["dispute"] ?? ""),
});

const listDisputes = endpoint({
  method: "GET",
  path: "/v1/disputes",
  title: "List disputes",
  source: SOURCE,
  params: {
    charge: optional(text("Only the dispute of this charge.")),
    payment_intent: optional(text("Only the dispute of this PaymentIntent.")),
    created: createdField,
    ...pageFields,
  },
  returns: { object: "dispute", list: true },
  async run(call, params) {
    const of = await findFilter(call, params);
    if (of !== null && "message" in of) return fail(call, of);
    // A charge that was declined before another one was captured is not the one that is disputed.
    const none = params.charge !== undefined && of?.attempt?.state !== "captured";
    return answerList<DisputeView>(call, {
      cursors: params,
      span: params.created,
      what: "dispute",
      find: async (id) => (await findDispute(call, id))?.dispute.id ?? null,
      rows: async (page) => (none ? [] : call.desk.read.disputes(call.merchant, { page, paymentId: of?.payment.id ?? null }, call.extras)),
      encode: (row) => disputeObject(row, call.look),
    });
  },
});

const updateDispute = endpoint({
  method: "POST",
  path: "/v1/disputes/:dispute",
  title: "Update a dispute, or answer it",
  source: SOURCE,
  params: updateFields,
  returns: RETURNS,
  run: (call, params) => onDispute(call, call.ids["dispute"] ?? "", answering(params)),
});

const closeDispute = endpoint({
  method: "POST",
  path: "/v1/disputes/:dispute/close",
  title: "Close a dispute",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => onDispute(call, call.ids["dispute"] ?? "", closing),
});

const retrieveOfCharge = endpoint({
  method: "GET",
  path: "/v1/charges/:charge/dispute",
  title: "Retrieve a charge's dispute",
  source: OF_CHARGE,
  params: {},
  returns: RETURNS,
  run: (call) => onCharge(call, (named) => showDispute(call, named)),
});

const updateOfCharge = endpoint({
  method: "POST",
  path: "/v1/charges/:charge/dispute",
  title: "Update a charge's dispute, or answer it",
  source: OF_CHARGE,
  params: updateFields,
  returns: RETURNS,
  run: (call, params) => onCharge(call, (named) => onDispute(call, named, answering(params))),
});

const closeOfCharge = endpoint({
  method: "POST",
  path: "/v1/charges/:charge/dispute/close",
  title: "Close a charge's dispute",
  source: OF_CHARGE,
  params: {},
  returns: RETURNS,
  run: (call) => onCharge(call, (named) => onDispute(call, named, closing)),
});

type Answering = (dispute: DisputeId) => Command;

function answering({ evidence, metadata: change, submit }: Decoded<typeof updateFields>): Answering {
  const given = Object.entries(evidence ?? {}).filter((entry): entry is [string, string | null] => entry[1] !== undefined);
  return (dispute) => ({
    kind: "respond_to_dispute",
    dispute,
    evidence: Object.fromEntries(given),
    submit: submit ?? given.length > 0,
    notes: metadataPatch(change),
  });
}

const closing: Answering = (dispute) => ({ kind: "close_dispute", dispute });

async function onDispute(call: Call, named: string, command: Answering): Promise<WireReply> {
  const id = disputeNamed(named);
  if (id === null) return fail(call, noDispute(named));
  return write(call, {
    command: command(id),
    subject: { kind: "dispute", id: named, param: "dispute", amountParam: "amount" },
    encode: (done, look) => disputeObject(done, look),
  });
}

/** On the dispute of the charge that the path names. */
async function onCharge(call: Call, run: (dispute: string) => Promise<WireReply>): Promise<WireReply> {
  const named = call.ids["charge"] ?? "";
  const id = attemptOfCharge(named);
  const found = id === null ? null : await call.desk.read.attempt(call.merchant, id, call.extras);
  if (found?.payment.origin !== "processed") return fail(call, missing("charge", named, { param: "id" }));
  const { disputeId } = found.payment;
  if (disputeId === null || found.attempt?.state !== "captured") return fail(call, invalid(`No dispute for charge: ${named}`, { status: 404 }));
  return run(disputeIdOf(disputeId));
}

async function showDispute(call: Call, named: string): Promise<WireReply> {
  const found = await findDispute(call, named);
  return found === null ? fail(call, noDispute(named)) : show(call, disputeObject(found, call.look));
}

async function findDispute(call: Call, named: string): Promise<DisputeView | null> {
  const id = disputeNamed(named);
  return id === null ? null : call.desk.read.dispute(call.merchant, id, call.extras);
}

function noDispute(named: string): Problem {
  return missing("dispute", named, { param: "dispute" });
}

export const disputeEndpoints: readonly StripeEndpoint[] = [
  retrieveDispute, listDisputes, updateDispute, closeDispute, retrieveOfCharge, updateOfCharge, closeOfCharge,
];
