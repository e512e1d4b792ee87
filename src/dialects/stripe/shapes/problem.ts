/** The answer that is a no (Stripe's API reference: errors). */
import { members, named, oneOf, sometimes, text } from "../../../base/shape.ts";

export const PROBLEM = members(
  {
    error: members({
      charge: sometimes(text),
      code: sometimes(text),
      decline_code: sometimes(text),
      doc_url: sometimes(text),
      message: text,
      param: sometimes(text),
      payment_intent: sometimes(named("payment_intent")),
      request_log_url: sometimes(text),
      type: oneOf(["api_error", "card_error", "idempotency_error", "invalid_request_error"]),
    }),
  },
  "What was refused, or went wrong, and why.",
);
