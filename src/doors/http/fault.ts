/** A fault of ours as plain facts, which cross from thread to thread whatever was thrown. */

export type Fault = {
  readonly requestId: string;
  /** The name of its class. */
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** What SQLite, PostgreSQL or the system call it, where they do. */
  readonly code?: string;
  readonly cause?: string;
};

export function factsOf(thrown: unknown): Omit<Fault, "requestId"> {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: shown(thrown), stack: "" };
  const { message, stack = "", cause } = thrown;
  const code = "code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {};
  return { type: thrown.constructor.name, message, stack, ...code, ...(cause === undefined ? {} : { cause: cause instanceof Error ? `${cause.constructor.name}: ${cause.message}` : shown(cause) }) };
}

/** Even of what cannot be made a text of. */
function shown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something without words";
  }
}
