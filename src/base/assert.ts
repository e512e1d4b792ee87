/** What must hold in our own code. A caller's mistake is never an assertion: that is a value. */

/** Our own promise was broken. It is never caught to go on: what was under way is undone, and the process ends. */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BrokenInvariant(message);
}

/** The end of an exhaustive switch: a case that was forgotten does not compile. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, which the code around has already made sure of. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new BrokenInvariant(`${what} is missing`);
  return value;
}
