/** Refundry's own API: what neither vendor's has a place for. The page and the command line talk to it. */
import type { Teller } from "../../engine/teller.ts";
import type { Desk, Dialect, Trouble } from "../../engine/wire.ts";
import { nativeApi } from "./api.ts";
import { problemReply, type Problem } from "./problem.ts";
import { getDelivery, listDeliveries, resendDelivery } from "./routes/deliveries.ts";
import { listEndpoints, rollSecret } from "./routes/endpoints.ts";
import { listEvents } from "./routes/events.ts";

export function nativeDialect(desk: Desk, tellers: ReadonlyMap<string, Teller>): Dialect {
  return {
    name: "native",
    prefix: "/refundry",
    api: nativeApi,
    endpoints: [listEvents(desk), listEndpoints(desk), rollSecret(desk, tellers), listDeliveries(desk), getDelivery(desk), resendDelivery(desk)],
    trouble: (trouble) => problemReply(word(trouble)),
    versionHeader: "refundry-version",
    headers: [],
  };
}

function word(trouble: Trouble): Problem {
  switch (trouble.kind) {
    case "no_key":
      return { status: 401, code: "no_key", message: "No key was sent. Send one as a bearer token: 'Authorization: Bearer sk_…'." };
    case "bad_key":
      return { status: 401, code: "bad_key", message: "The key opens no merchant here." };
    case "unknown_url":
      return { status: 404, code: "not_found", message: `There is nothing at ${trouble.method} ${trouble.path.slice(0, 200)}. GET /openapi/native.json tells what there is.` };
    case "too_large":
      return { status: 413, code: "too_large", message: `The body has more than ${trouble.bytesMax} bytes.` };
    case "unreadable":
      return { status: 400, code: "unreadable", message: `The request cannot be read: ${trouble.what}.` };
    case "too_many":
      return { status: 429, code: "too_many", message: "More is asked than can be done now. Nothing was done: try again." };
    case "unavailable":
      return { status: 503, code: "unavailable", message: "The book cannot be read or written now. Nothing was done: try again." };
    case "late":
      return { status: 504, code: "late", message: "It may be done: look before you ask again." };
    case "fault":
      return { status: 500, code: "fault", message: "Something went wrong here. The log has it, under the request's id." };
  }
}
