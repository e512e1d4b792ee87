/** What comes back of a transfer: create, retrieve, update, list (Stripe's API reference: Transfer Reversals). */
import { transfersOf } from "../../../domain/connected.ts";
import type { PaymentView, RefundView } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { reversalNamed, transferNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { amount } from "../money.ts";
import { transferReversal } from "../objects/transfer.ts";
import { answerList, pageFields } from "../pages.ts";
import { flag, optional, text } from "../params.ts";
import { missing } from "../problem.ts";
import { sideRefundCommand } from "./refund-params.ts";
import { findTransfer, noTransfer, shown, subjectOf } from "./transfers.ts";

const SOURCE = "Stripe's API reference: Transfer Reversals";
const PATH = "/v1/transfers/:transfer/reversals";
const RETURNS = { object: "transfer_reversal", list: false } as const;

const createReversal = endpoint({
  method: "POST",
  path: PATH,
  title: "Reverse a transfer",
  source: SOURCE,
  params: {
    amount: optional(amount("How much comes back, in minor units; all that is left unless told.")),
    description: optional(text("Taken without effect: a reversal shows none.")),
    metadata: optional(metadata),
    refund_application_fee: optional(flag("Give the application fee back too: all of it with a full reversal, else in proportion. Refused where none was taken.")),
  },
  returns: RETURNS,
  async run(call, params) {
    const named = call.ids["transfer"] ?? "";
    const id = transferNamed(named);
    if (id === null) return fail(call, noTransfer(named));
    return write(call, {
      book: transfersOf(call.merchant),
      command: sideRefundCommand(id, { amount: params.amount, notes: newNotes(params.metadata, {}), withFee: params.refund_application_fee === true }),
      subject: subjectOf(named),
      encode: (done, look) => transferReversal(done, look),
    });
  },
});

const listReversals = endpoint({
  method: "GET",
  path: PATH,
  title: "List a transfer's reversals",
  source: SOURCE,
  params: pageFields,
  returns: { object: "transfer_reversal", list: true },
  async run(call, params) {
    const named = call.ids["transfer"] ?? "";
    const of = await findTransfer(call, named);
    if (of === null) return fail(call, noTransfer(named));
    return answerList<RefundView>(call, {
      cursors: params,
      span: undefined,
      what: "transfer reversal",
      find: async (id) => (await findReversal(call, of, id))?.refund.id ?? null,
      rows: (page) => call.desk.read.refunds(transfersOf(call.merchant), { page, paymentId: of.payment.id, attemptId: null, states: null, instruments: null, updated: null }, call.extras),
      encode: (row) => transferReversal(row, call.look),
    });
  },
});

const retrieveReversal = endpoint({
  method: "GET",
  path: `${PATH}/:reversal`,
  title: "Retrieve a transfer's reversal",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  run: (call) => onReversal(call, (found) => show(call, transferReversal(found, call.look))),
});

const updateReversal = endpoint({
  method: "POST",
  path: `${PATH}/:reversal`,
  title: "Update a transfer's reversal",
  source: SOURCE,
  params: { metadata: optional(metadata) },
  returns: RETURNS,
  run: (call, params) =>
    onReversal(call, (found) => {
      if (params.metadata === undefined) return show(call, transferReversal(found, call.look));
      return write(call, {
        book: transfersOf(call.merchant),
        command: { kind: "describe_refund", refund: found.refund.id, of: null, notes: metadataPatch(params.metadata) },
        subject: subjectOf(call.ids["transfer"] ?? ""),
        encode: (done, look) => transferReversal(done, look),
      });
    }),
});

async function onReversal(call: Call, answer: (found: RefundView) => WireReply | Promise<WireReply>): Promise<WireReply> {
  const [named, reversal] = [call.ids["transfer"] ?? "", call.ids["reversal"] ?? ""];
  const of = await findTransfer(call, named);
  if (of === null) return fail(call, noTransfer(named));
  const found = await findReversal(call, of, reversal);
  return found === null ? fail(call, missing("transfer reversal", reversal, { param: "id" })) : answer(found);
}

async function findReversal(call: Call, { payment }: PaymentView, named: string): Promise<RefundView | null> {
  const id = reversalNamed(named);
  const found = id === null ? null : await call.desk.read.refund(transfersOf(call.merchant), id, { ...shown(call), attempts: true });
  return found?.payment.id === payment.id ? found : null;
}

export const transferReversalEndpoints: readonly StripeEndpoint[] = [createReversal, listReversals, retrieveReversal, updateReversal];
