/** Lists: newest first, walked by `starting_after` and `ending_before`, filtered by `created` (Stripe's API reference: conventions). */
import type { Page } from "../../engine/views.ts";
import type { WireReply } from "../../engine/wire.ts";
import { fail, show, type Call } from "./call.ts";
import { hash, optional, text, timestamp, whole, type Decoded, type Param } from "./params.ts";
import { invalid, Malformed, missing, type Problem } from "./problem.ts";

const LIMIT_DEFAULT = 10n;
const LIMIT_MAX = 100n;

const limit = optional(whole("How many to answer with: 10 unless told, clamped to 1..100."));
const startingAfter = optional(text("The id after which the page begins."));
const endingBefore = optional(text("The id before which the page ends."));

export const forwardFields = { limit, starting_after: startingAfter };
export const pageFields = { limit, starting_after: startingAfter, ending_before: endingBefore };

type Span = { readonly from: number | null; readonly until: number | null };

const bounds = {
  gt: optional(timestamp("Later than.")),
  gte: optional(timestamp("At or later than.")),
  lt: optional(timestamp("Earlier than.")),
  lte: optional(timestamp("At or earlier than.")),
};
const exact = timestamp("Exactly then.");
const between = hash("Between times.", bounds);

/** `created=T` or `created[gte]=T`, as a span of milliseconds whose end is excluded. */
const created: Param<Span> = {
  told: { ...between.told, shorthand: "timestamp", about: "When it was created: a time, or bounds." },
  strangers: between.strangers,
  read(raw, path) {
    if (typeof raw === "string") {
      const at = exact.read(raw, path);
      return at instanceof Malformed ? at : span({ gt: undefined, gte: at, lt: undefined, lte: at });
    }
    const read = between.read(raw, path);
    return read instanceof Malformed ? read : span(read);
  },
};
export const createdField = optional(created);

export function span({ gt, gte, lt, lte }: Decoded<typeof bounds>): Span {
  const from = [gt === undefined ? null : Number(gt) + 1, gte === undefined ? null : Number(gte)].filter((at) => at !== null);
  const until = [lt === undefined ? null : Number(lt), lte === undefined ? null : Number(lte) + 1].filter((at) => at !== null);
  return {
    from: from.length === 0 ? null : Math.max(...from) * 1_000,
    until: until.length === 0 ? null : Math.min(...until) * 1_000,
  };
}

export type Cursors = Partial<Decoded<typeof pageFields>>;

export type Listing<Row> = {
  readonly cursors: Cursors;
  readonly span: Span | undefined;
  /** What a cursor names, in Stripe's word for it. */
  readonly what: string;
  /** The id body of a cursor that exists for this merchant, or null. */
  readonly find: (id: string) => Promise<string | null>;
  readonly rows: (page: Page) => Promise<readonly Row[]>;
  readonly encode: (row: Row) => object;
  /** Members that stand beside the usual ones. */
  readonly more?: Readonly<Record<string, unknown>>;
};

export async function answerList<Row>(call: Call, listing: Listing<Row>): Promise<WireReply> {
  const { cursors, span: within, rows, encode, more } = listing;
  const after = await resolve(listing, cursors.starting_after, "starting_after");
  if (typeof after === "object" && after !== null) return fail(call, after);
  const before = await resolve(listing, cursors.ending_before, "ending_before");
  if (typeof before === "object" && before !== null) return fail(call, before);
  if (after !== null && before !== null) {
    return fail(call, invalid("Received both starting_after and ending_before parameters. Please pass in only one."));
  }
  const count = clamp(cursors.limit ?? LIMIT_DEFAULT);
  const found = await rows({
    order: before === null ? "newest" : "oldest",
    after: after ?? before,
    from: within?.from ?? null,
    until: within?.until ?? null,
    // One more than asked for tells whether there is more.
    limit: count + 1,
  });
  const page = found.slice(0, count);
  const newestFirst = before === null ? page : page.toReversed();
  return show(call, { object: "list", ...more, data: newestFirst.map(encode), has_more: found.length > count, url: call.path });
}

async function resolve<Row>({ find, what }: Listing<Row>, id: string | undefined, param: string): Promise<string | Problem | null> {
  if (id === undefined) return null;
  return (await find(id)) ?? missing(what, id, { param, status: 400 });
}

function clamp(asked: bigint): number {
  return Number(asked < 1n ? 1n : asked > LIMIT_MAX ? LIMIT_MAX : asked);
}
