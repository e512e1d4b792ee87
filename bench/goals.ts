/** What is promised of the figures of one run, and whether it holds in it. */
import type { Hot, Memory } from "./cases.ts";
import type { Row } from "./report.ts";
import type { StoreName } from "./books.ts";
import { LISTS, type Case } from "./requests.ts";

export type Goal = { readonly words: string; readonly reached: number; readonly least?: number; readonly most?: number; readonly holds: boolean };

const DRIFT_MOST = 1.2;
const PAGE_MS_MOST = 3;

/** Goals whose figures were not measured in this run are left out. */
export function goalsOf(rows: readonly Row[], { hot, memory }: { readonly hot: Hot | null; readonly memory: Memory | null }): Goal[] {
  const find = (what: Row["what"], store: StoreName | null, nodes = 1) => rows.find((row) => row.what === what && row.store === store && row.nodes === nodes);
  const ratio = (one: Row | undefined, other: Row | undefined) => (one && other ? one.perSecond / other.perSecond : null);
  const bare = find("bare", null);
  const goals = [
    atLeast("durable refunds on SQLite, of node:http alone", ratio(find("refund", "sqlite"), bare), 0.3),
    atLeast("reading a refund on SQLite, of node:http alone", ratio(find("get_refund", "sqlite"), bare), 0.5),
    atLeast("durable refunds on PostgreSQL, of pgbench's transactions", ratio(find("refund", "postgres"), find("pgbench", null)), 1),
    atLeast("two nodes on one PostgreSQL, of one node", ratio(find("refund", "postgres", 2), find("refund", "postgres")), 1),
    ...rows.flatMap(({ what, store, p50 }) => (isList(what) && store !== null ? [atMost(`milliseconds for a page of 100, ${what.replace("_", " of ")} on ${store} (p50)`, p50 ?? null, PAGE_MS_MOST)] : [])),
    atMost("one payment refunded 20,000 times: the last tenth's time, of the first's", hot?.ratio ?? null, DRIFT_MOST),
    atMost("memory after 200,000 refunds, of that after 20,000", memory?.ratio ?? null, DRIFT_MOST),
  ];
  return goals.filter((goal) => goal !== null);
}

function isList(what: Row["what"]): what is Case {
  return LISTS.some((list) => list === what);
}

function atLeast(words: string, reached: number | null, least: number): Goal | null {
  return reached === null ? null : { words, reached, least, holds: reached >= least };
}

function atMost(words: string, reached: number | null, most: number): Goal | null {
  return reached === null ? null : { words, reached, most, holds: reached <= most };
}
