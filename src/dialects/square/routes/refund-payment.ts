/** RefundPayment (Square's API reference: RefundPayment and refunding payments): money back on a payment, or on none, once per key. */
import { present } from "../../../base/assert.ts";
import type { Destination, FeeReturn, RefundPayment, RefundUnlinked } from "../../../domain/command.ts";
import { ownAccount, unlinkedOf } from "../../../domain/connected.ts";
import type { Currency } from "../../../domain/currency.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Notes } from "../../../domain/notes.ts";
import type { Claim, PaymentJob, Reply, Result } from "../../../engine/job.ts";
import { NO_EXTRAS } from "../../../engine/views.ts";
import type { Desk, Endpoint, WireRequest } from "../../../engine/wire.ts";
import { DETAIL, errorReply, refusalReply, squareError, type SquareError } from "../errors.ts";
import { amountsDiffer, makeClaim } from "../idempotency.ts";
import { paymentNamed, versionOf } from "../ids.ts";
import { giftCard } from "../objects/gift-card.ts";
import { makeNotes } from "../objects/notes.ts";
import { lookOf, refundObject } from "../objects/refund.ts";
import { DAY } from "../times.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";
import { allocatedFee, checkRefund, destinationKind, REFUND_BODY, type RefundBody } from "./refund-payment-body.ts";

/** Square refuses the refund after these (Square's API reference: refunding payments). */
const REFUNDS_MAX = 20;
const AGE_MAX = 365 * DAY;

/** `unlinked`: whether refunds of no payment are switched on. */
export function refundPayment(desk: Desk, options: { readonly currency: Currency; readonly unlinked: boolean }): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/refunds",
    title: "Refund payment",
    source: "Square's API reference: RefundPayment",
    returns: { object: "PaymentRefund", list: false },
    query: {},
    body: REFUND_BODY,
    bodyIs: "required",
    check: (body, { merchant }) => checkRefund(body, { ...options, merchant }),
    async answer({ request, body }) {
      if (body.unlinked !== true) return refund(desk, { request, body }, { command: linked(body) });
      if (!options.unlinked) return (await answeredBefore(desk, { request, body })) ?? errorReply([squareError("BAD_REQUEST", DETAIL.unlinked)]);
      const id = destinationOf(body);
      if (destinationKind(id) === "token" && !(isCardToken(id) && desk.processor.keep(id) !== null)) return errorReply([squareError("NOT_FOUND", DETAIL.tokenUnknown, "destination_id")]);
      return refund(desk, { request, body }, { book: unlinkedOf(request.merchant), command: unlinked(body, id, request.merchant) });
    },
  });
}

/** Tokens of another API's are none of Square's. */
function isCardToken(id: string): boolean {
  return /^(?:cnon|ccof):/.test(id);
}

type Asked = { readonly request: WireRequest; readonly body: RefundBody };

function claimOf({ request: { path }, body }: Asked): Claim {
  return makeClaim("square:refund", body.idempotency_key, path, { amount: body.amount_money, body });
}

/** What the very request was answered while unlinked refunds were switched on: whoever did not hear it must not believe that nothing was done. */
async function answeredBefore(desk: Desk, asked: Asked): Promise<Reply | null> {
  const { scope, key, path, fingerprint } = claimOf(asked);
  const first = await desk.read.reply({ merchant: asked.request.merchant, scope, key });
  return first?.path === path && first.fingerprint === fingerprint ? { status: first.status, body: first.body } : null;
}

async function refund(desk: Desk, { request, body }: Asked, { book, command }: { readonly book?: MerchantId; readonly command: PaymentJob["command"] }): Promise<Reply> {
  const { merchant, requestId } = request;
  const answer = await desk.execute({
    merchant,
    ...(book === undefined ? {} : { book }),
    command,
    requestId,
    claims: [claimOf({ request, body })],
    extras: NO_EXTRAS,
    reply(result) {
      if ("conflict" in result) return errorReply([keyReused(result.conflict)]);
      if ("refusal" in result) return refusalReply(result.refusal, body.payment_id ?? "");
      return okReply({ refund: refundObject(present(result.done.refund, "the refund that was made"), lookOf(desk, merchant)) });
    },
  });
  return answer.reply;
}

function linked(body: RefundBody): RefundPayment {
  const id = paymentNamed(present(body.payment_id, "the payment's id"));
  const token = body.payment_version_token;
  return {
    kind: "refund_payment",
    target: { by: "payment", id, as: "any" },
    within: null,
    money: body.amount_money,
    fee: feeReturn(body),
    channel: "executed",
    reference: null,
    release: false,
    askAt: null,
    underWayFirst: true,
    expectedVersion: token === null ? null : versionOf(id, token),
    refundsMax: REFUNDS_MAX,
    ageMax: AGE_MAX,
    notes: notesOf(body),
    paymentNotes: {},
  };
}

function unlinked(body: RefundBody, id: string, merchant: MerchantId): RefundUnlinked {
  const connect = { role: "unlinked", platform: merchant, account: ownAccount(merchant), transfer: null, fee: 0n, of: null, group: null } as const;
  return { kind: "refund_unlinked", connect, money: body.amount_money, destination: unlinkedTo(body, id), underWayFirst: true, notes: notesOf(body) };
}

function destinationOf({ destination_id: id }: RefundBody): string {
  return present(id, "the destination of an unlinked refund");
}

function unlinkedTo({ external_details: external }: RefundBody, id: string): Destination {
  switch (destinationKind(id)) {
    case "token":
      return { by: "token", token: id };
    case "gift_card":
      return { by: "processor", instrument: giftCard(id) };
    case "cash":
      return { by: "report", instrument: { kind: "cash" } };
    case "external": {
      const { type, source } = present(external, "the details of an external refund");
      return { by: "report", instrument: { kind: "external", label: source, type } };
    }
  }
}

/** No fee named: the kernel's share. A fee of zero is named, and returns none. */
function feeReturn({ app_fee_money: fee, app_fee_allocations: allocations }: RefundBody): FeeReturn {
  if (fee !== null) return { kind: "exact", amount: fee.amount };
  return allocations === null ? { kind: "share" } : { kind: "exact", amount: allocatedFee(allocations) };
}

function notesOf(body: RefundBody): Notes {
  const { app_fee_allocations: allocations, cash_details: cash, external_details: external } = body;
  return makeNotes({
    reason: body.reason,
    team_member_id: body.team_member_id,
    app_fee_allocations: allocations && JSON.stringify(allocations.map(({ location_id: location, amount_money: part }) => [location ?? "", String(part.amount)])),
    destination: body.destination_id,
    customer_id: body.customer_id,
    seller_supplied: cash?.seller_supplied_money.amount ?? null,
    external_type: external?.type ?? null,
    external_source: external?.source ?? null,
    source_id: external?.source_id ?? null,
  });
}

function keyReused({ claim, first }: Extract<Result, { conflict: unknown }>["conflict"]): SquareError {
  const other = amountsDiffer(claim.fingerprint, first.fingerprint);
  return squareError("IDEMPOTENCY_KEY_REUSED", other ? DETAIL.keyOfOtherAmount : DETAIL.keyOfOtherRequest, "idempotency_key");
}
