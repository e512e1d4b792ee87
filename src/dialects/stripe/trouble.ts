/** The door's troubles in Stripe's words (Stripe's API reference: conventions and errors). */
import type { Trouble, WireReply } from "../../engine/wire.ts";
import { onWire, problemReply } from "./call.ts";
import { invalid, type Problem } from "./problem.ts";
import { DEFAULT_VERSION, versionOf } from "./versions.ts";

const SUPPORT = "we can help at https://support.stripe.com/";
const NO_KEY = `You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or ${SUPPORT}.`;
const RETRY_AFTER_SECONDS = "1";

type Context = { readonly requestId: string; readonly version: string | null; readonly now: number };

export function wordTrouble(trouble: Trouble, { requestId, version, now }: Context): WireReply {
  const call = { requestId, livemode: false, version: versionOf(version) ?? DEFAULT_VERSION };
  return onWire(problemReply(problemOf(trouble), call, now), call, headersOf(trouble));
}

const TOO_MANY = {
  test: "Testmode request rate limit exceeded, the rate limits in testmode are lower than livemode. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
  // OURS: the words for live keys were not seen.
  live: "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
};

function problemOf(trouble: Trouble): Problem {
  switch (trouble.kind) {
    case "no_key":
      return { ...invalid(NO_KEY, { status: 401 }), unlogged: true };
    case "bad_key":
      return { ...wordBadKey(trouble.key), unlogged: true };
    case "unknown_url": {
      const slash = trouble.method === "GET" ? " If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code." : "";
      return invalid(`Unrecognized request URL (${trouble.method}: ${trouble.path.slice(0, 500)}).${slash} Please see https://stripe.com/docs or ${SUPPORT}.`, { status: 404 });
    }
    case "too_large":
      return invalid(`Invalid request: the body can have up to ${trouble.bytesMax} bytes.`, { status: 413 });
    case "unreadable":
      return invalid(`Invalid request: ${trouble.what.slice(0, 200)}.`);
    case "too_many":
      return invalid(trouble.mode === "test" ? TOO_MANY.test : TOO_MANY.live, { status: 429, code: "rate_limit" });
    case "unavailable":
      return { status: 503, type: "api_error", message: "The service is not available for the moment: nothing was done. Please try again." };
    case "late":
      // OURS
      return { status: 504, type: "api_error", message: "The processor did not answer in time. The same request with the same Idempotency-Key tells what became of it." };
    case "fault":
      return { status: 500, type: "api_error", message: "An unknown error occurred. The same request with the same Idempotency-Key can be sent again without harm." };
  }
}

/** First eleven characters, stars for the middle, last four; a publishable key is told apart. */
function wordBadKey(key: string): Problem {
  if (key.startsWith("pk_")) {
    return invalid("This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.", { status: 401, code: "secret_key_required" });
  }
  const [head, tail] = [key.slice(0, 11), key.slice(-4)];
  const stars = "*".repeat(Math.max(0, Math.min(key.length, 64) - 15));
  return invalid(`Invalid API Key provided: ${key.length > 15 ? `${head}${stars}${tail}` : "*".repeat(key.length)}`, { status: 401 });
}

function headersOf(trouble: Trouble): Record<string, string> {
  switch (trouble.kind) {
    case "no_key":
    case "bad_key":
      return { "www-authenticate": 'Bearer realm="Stripe"' };
    case "too_many":
    case "unavailable":
      return { "retry-after": RETRY_AFTER_SECONDS, "stripe-should-retry": "true" };
    default:
      return {};
  }
}
