/**
 * Stands around the dialects of a test's server and sees every exchange: each must be as the API document says, and with
 * RECORD_PARAMETERS the parameters that were sent are written down, for docs/coverage.
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EndpointDeclaration } from "../../src/engine/declaration.ts";
import type { Dialect, WireReply, WireRequest } from "../../src/engine/wire.ts";
import { Contract } from "./contract.ts";
import { sentParameters } from "./sent-parameters.ts";

export const RECORD_VARIABLE = "RECORD_PARAMETERS";

/** Whether a request that sent the parameter was ever answered with success, or only with errors. */
export type Sent = "done" | "refused";
export type SentTo = { readonly endpoint: Sent; readonly parameters: Record<string, Sent> };
/** By dialect and endpoint (`POST /v1/refunds`). */
export type Recording = Record<string, Record<string, SentTo>>;

/** Other tests send things too, but for reasons of their own. */
const OF_CALLERS = /[\\/]test[\\/](?:conformance|dialects)[\\/]/;

/** Answers that say that the request cannot be read: then the document must not allow it either. */
const UNREADABLE =
  /"code": ?"(?:parameter_unknown|parameter_invalid_integer|parameter_invalid_empty|EXPECTED_\w+|VALUE_TOO_LONG|INVALID_ENUM_VALUE|INVALID_TIME|INVALID_SORT_ORDER)"|does not serve the parameter| is not served here\./;

export class Watch {
  readonly #faults = new Set<string>();
  readonly #recording: Recording = {};

  readonly around = (dialect: Dialect): Dialect => {
    const contract = new Contract(dialect);
    return {
      ...dialect,
      trouble: (trouble, context) => {
        const reply = dialect.trouble(trouble, context);
        const fault = contract.errorFault(reply);
        if (fault !== null) this.#faults.add(`${trouble.kind} is answered against the document: ${fault} ${reply.body}`);
        return reply;
      },
      endpoints: dialect.endpoints.map((endpoint) => ({
        ...endpoint,
        handle: async (request) => {
          const reply = await endpoint.handle(request);
          this.#judge(contract, endpoint.declaration, { request, reply });
          this.#record(dialect, endpoint.declaration, { request, reply });
          return reply;
        },
      })),
    };
  };

  /** Ends the test that watched, with all that was wrong. */
  end(): void {
    const folder = process.env[RECORD_VARIABLE];
    if (folder !== undefined && OF_CALLERS.test(process.argv[1] ?? "")) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${process.pid}-${process.hrtime.bigint()}.json`), JSON.stringify(this.#recording));
    }
    assert.deepEqual([...this.#faults], [], "every exchange is as the API documents say");
  }

  #judge(contract: Contract, declaration: EndpointDeclaration, { request, reply }: Exchange): void {
    const where = `${declaration.method} ${declaration.path}`;
    const answer = contract.answerFault(declaration, reply);
    if (answer !== null) this.#faults.add(`${where} answers ${reply.status} against its document: ${answer} ${reply.body}`);
    const asked = contract.requestFault(declaration, request);
    const sent = `?${request.query} ${request.body}`;
    if (reply.status === 200 && asked !== null) this.#faults.add(`${where} does what its document does not allow: ${asked} ${sent}`);
    if (asked === null && UNREADABLE.test(reply.body)) this.#faults.add(`${where} cannot read what its document allows: ${sent} ${reply.body}`);
  }

  #record({ name, api }: Dialect, declaration: EndpointDeclaration, { request, reply }: Exchange): void {
    const endpoints = (this.#recording[name] ??= {});
    const endpoint = `${declaration.method} ${declaration.path}`;
    const how: Sent = reply.status === 200 ? "done" : "refused";
    const before = endpoints[endpoint];
    const parameters = before?.parameters ?? {};
    for (const parameter of sentParameters(declaration, request, api.body === "form")) {
      if (parameters[parameter] !== "done") parameters[parameter] = how;
    }
    endpoints[endpoint] = { endpoint: before?.endpoint === "done" ? "done" : how, parameters };
  }
}

type Exchange = { readonly request: WireRequest; readonly reply: WireReply };
