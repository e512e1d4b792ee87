/** Takes an endpoint at its word that it wants no more: a change of the endpoint like any other. */
import type { Profile } from "../../domain/profile.ts";
import { present } from "../../base/assert.ts";
import type { Engine } from "../../engine/engine.ts";
import { switched } from "../../engine/endpoint.ts";

export async function disableEndpoint(engine: Pick<Engine, "execute">, { merchant, id, dialect }: Profile, requestId: string): Promise<void> {
  await engine.execute({
    merchant,
    requestId,
    claims: [],
    profile: { kind: "describe_endpoint", endpoint: id, dialect: present(dialect, "the API of an endpoint"), notes: { set: switched(false) } },
    reply: () => ({ status: 200, body: "" }),
  });
}
