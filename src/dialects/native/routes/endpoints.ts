/** Where a merchant's events are told, whichever API it was made in; and a new secret for one, beside which the old one signs for a while. */
import { ENDPOINTS_MAX, rolled } from "../../../engine/endpoint.ts";
import type { Teller } from "../../../engine/teller.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { makeEndpoint } from "../endpoint.ts";
import { endpointNamed } from "../ids.ts";
import { endpointObject } from "../objects.ts";
import { whole } from "../params.ts";
import { invalid, missing } from "../problem.ts";

const DAY_SECONDS = 86_400;
const keep = whole("keep_seconds", "For so long the secret of before signs too: a day unless told.", { min: 0, max: 7 * DAY_SECONDS });

export function listEndpoints({ read }: Pick<Desk, "read">): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/refundry/endpoints",
    title: "List endpoints",
    returns: { object: "endpoint", list: true },
    params: [],
    async answer({ merchant }) {
      const page = { order: "oldest", after: null, from: null, until: null, limit: 2 * ENDPOINTS_MAX } as const;
      return { data: (await read.listProfiles(merchant, { page, of: "endpoints", dialect: null })).map(endpointObject), next: null };
    },
  });
}

/** `tellers`: by the name of their dialect, each of which knows what a secret of its own looks like. */
export function rollSecret({ read, execute, vault, now }: Pick<Desk, "read" | "execute" | "vault" | "now">, tellers: ReadonlyMap<string, Teller>): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/refundry/endpoints/:id/roll_secret",
    title: "Make a new secret",
    returns: { object: "endpoint", list: false },
    params: [keep],
    async answer({ merchant, requestId, id, query }) {
      if (vault === null) return invalid("This server was given no key to seal secrets with. Set REFUNDRY_SECRET_KEY, the same on every server.");
      const named = endpointNamed(id);
      const [endpoint] = named === null ? [] : await read.profiles(merchant, [named]);
      const dialect = endpoint?.dialect ?? "";
      const teller = tellers.get(dialect);
      if (endpoint?.kind !== "endpoint" || endpoint.state !== "active" || teller === undefined) return missing("endpoint", id);
      const secret = teller.newSecret();
      const until = now() + (query.value(keep) ?? DAY_SECONDS) * 1_000;
      const patch = rolled(endpoint, vault.seal(merchant, secret), until);
      await execute({
        merchant, requestId, claims: [], profile: { kind: "describe_endpoint", endpoint: endpoint.id, dialect, notes: patch },
        reply: () => ({ status: 200, body: "" }),
      });
      return { ...endpointObject(endpoint), secret };
    },
  });
}
