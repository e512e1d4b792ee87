/** This API's words for a no. */
import type { WireReply } from "../../engine/wire.ts";

export type Problem = { readonly status: number; readonly code: string; readonly message: string };

export function invalid(message: string): Problem {
  return { status: 400, code: "invalid_request", message };
}

export function missing(what: string, id: string): Problem {
  return { status: 404, code: "not_found", message: `There is no ${what} '${id.slice(0, 100)}'.` };
}

export function isProblem(value: object): value is Problem {
  return "status" in value && "code" in value && "message" in value;
}

export function problemReply({ status, code, message }: Problem): WireReply {
  return reply(status, { error: { code, message } });
}

export function reply(status: number, body: object): WireReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" }, body: JSON.stringify(body) };
}
