/** Where a merchant's events are told, whichever API it was made in; and a new secret for one, beside which the old one signs for a while. */
import { allEndpoints } from "../../../engine/all-endpoints.ts";
import { rolled } from "../../../engine/endpoint.ts";
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
      return { data: (await allEndpoints(read, merchant, null)).map(endpointObject), next: null };
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
      // Of two who make one at the same moment only one is told that his signs.
      const { reply } = await execute({
        merchant, requestId, claims: [], profile: { kind: "describe_endpoint", endpoint: endpoint.id, dialect, notes: patch, ifVersion: endpoint.version },
        reply: (result) => ({ status: "done" in result ? 200 : 409, body: "" }),
      });
      return reply.status === 200 ? { ...endpointObject(endpoint), secret } : { status: 409, code: "changed", message: `The endpoint '${id}' was changed meanwhile, or is gone. Look, and ask again.` };
    },
  });
}
