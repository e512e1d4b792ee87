/** What comes back of a transfer: create, retrieve, update, list (Stripe's API reference: Transfer Reversals). */
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { reversalNamed } from "../ids.ts";
import { metadata } from "../metadata.ts";
import { amount } from "../money.ts";
import { transferReversal } from "../objects/transfer.ts";
import { flag, optional, text } from "../params.ts";
import { giveBack, sideRefundEndpoints } from "./side-refunds.ts";
import { TRANSFERS } from "./transfers.ts";

const SOURCE = "Stripe's API reference: Transfer Reversals";
const PATH = "/v1/transfers/:transfer/reversals";

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
  returns: { object: "transfer_reversal", list: false },
  run: (call, params) => giveBack(TRANSFERS, call, { amount: params.amount, metadata: params.metadata, withFee: params.refund_application_fee === true, encode: transferReversal }),
});

const others = sideRefundEndpoints({
  of: TRANSFERS,
  source: SOURCE,
  path: PATH,
  parameter: "reversal",
  what: "transfer reversal",
  object: "transfer_reversal",
  titles: { list: "List a transfer's reversals", retrieve: "Retrieve a transfer's reversal", update: "Update a transfer's reversal" },
  named: reversalNamed,
  encode: transferReversal,
});

export const transferReversalEndpoints: readonly StripeEndpoint[] = [createReversal, ...others];
