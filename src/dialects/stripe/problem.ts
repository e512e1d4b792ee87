/** What is wrong with a request, in Stripe's words (Stripe's API reference: conventions and errors). */

export type Problem = {
  readonly status: number;
  readonly type: "invalid_request_error" | "card_error" | "idempotency_error" | "api_error";
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  /** Whatever else stands inside `error`: a decline code, the whole payment intent. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Refused before it was looked at: no log of it is kept, so none is linked. */
  readonly unlogged?: true;
};

/** A request that cannot be read. It is a value: decoding never throws. */
export class Malformed {
  readonly problem: Problem;
  constructor(problem: Problem) {
    this.problem = problem;
  }
}

export function invalid(message: string, more?: { readonly code?: string; readonly param?: string; readonly status?: number }): Problem {
  const { status = 400, ...rest } = more ?? {};
  return { status, type: "invalid_request_error", message, ...rest };
}

export function malformed(message: string, more?: { readonly code?: string; readonly param?: string; readonly status?: number }): Malformed {
  return new Malformed(invalid(message, more));
}

/** The words for an id that names nothing, at a status that depends on where it stood. */
export function missing(what: string, id: string, at: { readonly param: string; readonly status?: number }): Problem {
  return invalid(`No such ${what}: '${id}'`, { code: "resource_missing", param: at.param, status: at.status ?? 404 });
}
