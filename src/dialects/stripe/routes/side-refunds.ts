/**
 * What came back of a fee or of a transfer: to refund it, and to list, retrieve and update what came back. Both are refunds of a payment that stands in
 * one of the platform's other books; each API object only names them in its own way.
 */
import type { PaymentId, RefundId } from "../../../domain/id.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { PaymentView, RefundView } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, show, write, type Call, type Write } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import type { Look, Rows } from "../objects/encode.ts";
import { answerList, pageFields } from "../pages.ts";
import { optional } from "../params.ts";
import { missing } from "../problem.ts";
import { sideRefundCommand } from "./refund-params.ts";

/** What a fee or a transfer shows of its own refunds. */
const SHOWN = 10;

/** The fees or the transfers of a platform. */
export type SideBook = {
  readonly what: "application fee" | "transfer";
  /** The path's parameter that names one. */
  readonly parameter: string;
  readonly book: (platform: MerchantId) => MerchantId;
  readonly named: (id: string) => PaymentId | null;
};

/** What came back of one of them. */
export type SideRefunds = {
  readonly of: SideBook;
  readonly source: string;
  /** The address of the list; that of one of them has `parameter` behind it. */
  readonly path: string;
  readonly parameter: string;
  readonly what: string;
  readonly object: "fee_refund" | "transfer_reversal";
  readonly titles: { readonly list: string; readonly retrieve: string; readonly update: string };
  readonly named: (id: string) => RefundId | null;
  readonly encode: (rows: Rows, look: Look) => object;
};

export function withRefunds(call: Call): Call["extras"] {
  return { ...call.extras, refunds: SHOWN };
}

export async function findIn(side: SideBook, call: Call, named: string): Promise<PaymentView | null> {
  const id = side.named(named);
  return id === null ? null : call.desk.read.payment(side.book(call.merchant), id, withRefunds(call));
}

/** Works on the one that the path names, or answers that there is none. */
export async function on(side: SideBook, call: Call, answer: (found: PaymentView) => Promise<WireReply>): Promise<WireReply> {
  const named = call.ids[side.parameter] ?? "";
  const found = await findIn(side, call, named);
  return found === null ? fail(call, missing(side.what, named, { param: "id" })) : answer(found);
}

type Giving = {
  readonly amount: bigint | undefined;
  readonly metadata?: Parameters<typeof newNotes>[0];
  readonly withFee?: boolean;
  readonly encode: Write["encode"];
};

/** Gives back so much of the one that the path names, or all that is left. */
export async function giveBack(side: SideBook, call: Call, { amount, metadata: told, withFee = false, encode }: Giving): Promise<WireReply> {
  const named = call.ids[side.parameter] ?? "";
  const id = side.named(named);
  if (id === null) return fail(call, missing(side.what, named, { param: "id" }));
  return write(call, { book: side.book(call.merchant), command: sideRefundCommand(id, { amount, notes: newNotes(told, {}), withFee }), subject: { kind: side.what, id: named, param: "id", amountParam: "amount" }, encode });
}

export function sideRefundEndpoints({ of: side, source, path, parameter, what, object, titles, named, encode }: SideRefunds): readonly StripeEndpoint[] {
  const returns = { object, list: false } as const;
  const find = async (call: Call, { payment }: PaymentView, text: string): Promise<RefundView | null> => {
    const id = named(text);
    const found = id === null ? null : await call.desk.read.refund(side.book(call.merchant), id, { ...withRefunds(call), attempts: true });
    return found?.payment.id === payment.id ? found : null;
  };
  const onOne = (call: Call, answer: (found: RefundView) => WireReply | Promise<WireReply>): Promise<WireReply> =>
    on(side, call, async (owner) => {
      const text = call.ids[parameter] ?? "";
      const found = await find(call, owner, text);
      return found === null ? fail(call, missing(what, text, { param: "id" })) : answer(found);
    });

  const list = endpoint({
    method: "GET",
    path,
    title: titles.list,
    source,
    params: pageFields,
    returns: { object, list: true },
    run: (call, params) =>
      on(side, call, (owner) =>
        answerList<RefundView>(call, {
          cursors: params,
          span: undefined,
          what,
          find: async (id) => (await find(call, owner, id))?.refund.id ?? null,
          // What failed or was canceled with its charge's refund never came back.
          rows: (page) => call.desk.read.refunds(side.book(call.merchant), { page, paymentId: owner.payment.id, attemptId: null, states: ["pending", "succeeded"], instruments: null, updated: null }, call.extras),
          encode: (row) => encode(row, call.look),
        }),
      ),
  });
  const one = `${path}/:${parameter}`;
  const retrieve = endpoint({ method: "GET", path: one, title: titles.retrieve, source, params: {}, returns, run: (call) => onOne(call, (found) => show(call, encode(found, call.look))) });
  const update = endpoint({
    method: "POST",
    path: one,
    title: titles.update,
    source,
    params: { metadata: optional(metadata) },
    returns,
    run: (call, params) =>
      onOne(call, (found) => {
        if (params.metadata === undefined) return show(call, encode(found, call.look));
        return write(call, {
          book: side.book(call.merchant),
          command: { kind: "describe_refund", refund: found.refund.id, of: null, notes: metadataPatch(params.metadata) },
          subject: { kind: side.what, id: call.ids[side.parameter] ?? "", param: "id", amountParam: "amount" },
          encode,
        });
      }),
  });
  return [list, retrieve, update];
}
