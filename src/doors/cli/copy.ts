/** `refundry copy`: one book made the equal of another, with a bar while it runs and a table at its end. */
import cliProgress from "cli-progress";
import type { Difference } from "../../engine/compare-books.ts";
import { copyBook, type CopyProgress, type CopyResult } from "../../engine/copy-book.ts";
import type { CopyTarget, Sight } from "../../engine/sight.ts";
import { StoreUnavailable } from "../../engine/store.ts";
import type { Key } from "../../engine/tables.ts";
import { asJson } from "./as-json.ts";
import { table } from "./table.ts";

export type CopyReport = { readonly from: string; readonly to: string; readonly json: boolean };

const PHASES: Readonly<Record<CopyProgress["phase"], string>> = { copying: "Copying  ", comparing: "Comparing", proving: "Proving  " };
const SHOWN_MAX = 20;

/** Prints the report and answers with the exit code. */
export async function printCopy(source: Sight, target: CopyTarget, { from, to, json }: CopyReport): Promise<number> {
  // It hides nothing and waits for no signal: who breaks it off with Ctrl-C does so at once, and harms nothing.
  const bar = new cliProgress.SingleBar(
    { format: "{phase} {bar} {percentage}% | {value}/{total} | {eta_formatted} left", stream: process.stderr, clearOnComplete: true },
    cliProgress.Presets.shades_classic,
  );
  const began = performance.now();
  let phase: string | null = null;
  const onProgress = ({ phase: now, done, total }: CopyProgress) => {
    if (phase !== now) bar.start(total, done, { phase: PHASES[now] });
    phase = now;
    bar.update(done);
  };
  try {
    const result = await copyBook(source, target, { name: from, onProgress });
    bar.stop();
    const seconds = (performance.now() - began) / 1_000;
    console.log(json ? asJson({ from, to, seconds, ...result }) : asText(result, { from, to, seconds }));
    return result.outcome === "copied" ? 0 : 1;
  } catch (error) {
    bar.stop();
    if (!(error instanceof StoreUnavailable)) throw error;
    console.error(`The copy was broken off: ${error.message}.\nWhat was copied stays in ${to}. Run the same command again: it goes on where it was.`);
    return 1;
  }
}

function asText(result: CopyResult, { from, to, seconds }: { readonly from: string; readonly to: string; readonly seconds: number }): string {
  const again = `Nothing serves ${to} as it is: take it away (a folder: remove it; a database: drop it and create it again), and copy anew.`;
  switch (result.outcome) {
    case "copied":
      return [
        table(result.tables.map(({ table: name, rows, written }) => [name, rows, written === rows ? "" : `${written.toLocaleString("en")} of them now, the others before`])),
        "",
        `All of ${from} stands in ${to}, equal row by row and proved (${seconds.toFixed(1)} s).`,
        "Start the servers on it, and none on the old book any more: what that one takes from now on is not here.",
      ].join("\n");
    case "foreign":
      return `Nothing was copied: ${to} holds a book already, which is not a copy of ${from}. Give an empty folder or database with --to. Nothing was changed.`;
    case "begun_otherwise":
      return (
        `Nothing was copied: ${to} holds an unfinished copy of ${result.begunFrom}, which is another book than ${from} is now: ` +
        `it has changed since, or is not the same. ${again} Nothing was changed.`
      );
    case "refused":
      return `The copy ended at ${result.table} ${shown(result.first)}: a guard of ${to} refuses a row among those that begin there (${result.why}). Prove ${from} with \`refundry verify\`. ${again}`;
    case "unequal":
      return [...result.differences.map(asLine), "", `The copy in ${to} is NOT equal to ${from}. Somebody else has written into it, or it was damaged. ${again}`].join("\n");
    case "lost":
      return `The copy in ${to} is NOT whole: ${from} holds ${result.rows} rows, and only ${result.found} are found by their keys. It is damaged: prove it with \`refundry verify\`. ${again}`;
    case "unsound": {
      const { findings, findingsCount, imbalances, damage } = result.proof;
      const lines = [...findings.map(({ invariant, payment, message }) => `${invariant}  payment ${payment}: ${message}`), ...imbalances, ...damage].slice(0, SHOWN_MAX);
      return [
        ...lines.map((line) => `BROKEN ${line}`),
        "",
        `The copy in ${to} is equal to ${from}, and is NOT sound (${findingsCount} findings of payments): the book was not sound before, or somebody changed the tables of the copy. Prove ${from} with \`refundry verify\`. ${again}`,
      ].join("\n");
    }
  }
}

function asLine({ table: name, source, target, columns }: Difference): string {
  if (columns.length > 0 && source !== null) return `UNEQUAL ${name} ${shown(source)}: ${columns.join(", ")}`;
  return `UNEQUAL ${name}: the source has ${source === null ? "no more rows" : shown(source)}, the copy ${target === null ? "no more rows" : shown(target)}`;
}

function shown(key: Key): string {
  return key.map(String).join(" ");
}
