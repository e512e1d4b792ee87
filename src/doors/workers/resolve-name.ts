/**
 * What a host name stands for, asked of the name servers themselves: the system's own look-up holds one of a few threads until it gives up, and names that nobody answers for would
 * hold them all, those that the database's name needs among them. Only what no server knows is asked of the system, which has names of its own: once at a time for each.
 */
import { lookup as askSystem, Resolver } from "node:dns/promises";

export type Resolved = { readonly address: string; readonly family: number };
/** Rejects where the name has no address, or nobody says so in time. */
export type Resolve = (host: string) => Promise<readonly Resolved[]>;

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Names that the system was asked for in vain are not asked for again so soon; so many are remembered. */
const FORGET_MS = 10_000;
const REMEMBERED_MAX = 1_000;
/** The system knows these, and no server does. */
const OWN = /^(?:localhost|[^.]+)$|\.(?:localhost|local|internal)$/i;

export function makeResolve(): Resolve {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  const asked = new Map<string, Promise<readonly Resolved[]>>();
  const fromSystem = (host: string): Promise<readonly Resolved[]> => {
    const known = asked.get(host);
    if (known !== undefined) return known;
    const found = askSystem(host, { all: true, verbatim: true });
    if (asked.size >= REMEMBERED_MAX) asked.clear();
    asked.set(host, found);
    found.then(
      () => asked.delete(host),
      () => setTimeout(() => asked.delete(host), FORGET_MS).unref(),
    );
    return found;
  };
  return async (host) => {
    if (OWN.test(host)) return fromSystem(host);
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = [
      ...(four.status === "fulfilled" ? four.value.map((address) => ({ address, family: 4 })) : []),
      ...(six.status === "fulfilled" ? six.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (found.length > 0) return found;
    const why: unknown = four.status === "rejected" ? four.reason : null;
    // Whoever has waited for a server that does not answer does not wait for the same server once more.
    if (codeOf(why) === "ETIMEOUT") throw new Error(`the name servers did not answer for ${host}`, { cause: why });
    return fromSystem(host);
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
