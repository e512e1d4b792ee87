/** `refundry verify`: the proof of a book, with a bar while it runs and a table at its end. */
import cliProgress from "cli-progress";
import type { Book } from "../../engine/store.ts";
import { verifyBook, type Verification } from "../../engine/verify.ts";
import { INVARIANTS } from "../../domain/audit.ts";
import { asJson } from "./as-json.ts";
import { table } from "./table.ts";

const SHOWN_MAX = 20;

/** Prints the report and answers with the exit code. */
export async function printVerification(book: Book & { close(): void | Promise<void> }, options: { readonly data: string; readonly json: boolean }): Promise<number> {
  const bar = new cliProgress.SingleBar(
    { format: "Proving the book {bar} {percentage}% | {value}/{total} payments | {eta_formatted} left", stream: process.stderr, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(0, 0);
  const began = performance.now();
  let report;
  try {
    report = await verifyBook(book, ({ done, total }) => {
      bar.setTotal(total);
      bar.update(done);
    });
  } finally {
    bar.stop();
    await book.close();
  }
  const seconds = (performance.now() - began) / 1_000;
  console.log(options.json ? asJson(report) : asText(report, { ...options, seconds }));
  return report.sound ? 0 : 1;
}

function asText(report: Verification, { data, seconds }: { readonly data: string; readonly seconds: number }): string {
  const { payments, attempts, refunds, disputes, entries, events } = report;
  const counts = table([
    ["payments", payments],
    ["attempts", attempts],
    ["refunds", refunds],
    ["disputes", disputes],
    ["journal entries", entries],
    ["events", events],
  ]);
  const accounts = table(report.accounts.map(({ currency, account, debits, credits }) => [currency, account, debits, credits]));
  const lines = [counts, ""];
  if (accounts !== "") lines.push("Accounts, in minor units: debits, credits", accounts, "");
  for (const what of report.unproved) lines.push(`NOT PROVED ${what}`);
  if (report.sound) {
    lines.push(`The book in ${data} is sound: all ${Object.keys(INVARIANTS).length} invariants hold for every payment${report.unproved.length === 0 ? "" : ", but for what is not proved above"} (${seconds.toFixed(1)} s).`);
    return lines.join("\n");
  }
  for (const { invariant, payment, message } of report.findings.slice(0, SHOWN_MAX)) lines.push(`BROKEN ${invariant}  payment ${payment}: ${message}`);
  if (report.findingsCount > SHOWN_MAX) lines.push(`… and ${report.findingsCount - SHOWN_MAX} more (--json lists them).`);
  for (const message of [...report.imbalances, ...report.damage]) lines.push(`BROKEN ${message}`);
  lines.push("", `The book in ${data} is NOT sound. Stop the server, keep a copy of it, and restore the last backup that proves.`);
  return lines.join("\n");
}
