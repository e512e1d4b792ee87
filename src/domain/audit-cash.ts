/** The part of the proof that is about what customers have in cash: one payment that grew, each time by an entry and an event of its own. */
import type { Check, Dossier } from "./audit.ts";
import { cashIdOf, cashOf } from "./connected.ts";

export function checkCash({ payment, entries, events }: Dossier, check: Check): void {
  const { connect, merchant, id, currency } = payment;
  const fundings = events.filter(({ kind }) => kind === "payment.funded");
  if (connect?.role !== "cash") {
    check("told", fundings.length === 0, `${fundings.length} events tell of money that came in to what is no customer's cash`);
    return;
  }
  const { platform, account } = connect;
  check("referred", merchant === cashOf(platform) && id === cashIdOf(account, currency), `the cash of customer ${account} in ${currency} stands under another name than its own`);
  check("bounded", payment.feeTaken === 0n && payment.disputed === 0n, "somebody took of a customer's cash");
  const amounts = new Map<string, bigint>(entries.flatMap(({ id: entry, kind, postings }) => (kind === "capture" ? [[entry, postings.reduce((sum, { amount }) => sum + amount, 0n)]] : [])));
  check("told", fundings.length === amounts.size, `${fundings.length} events tell of money that came in by ${amounts.size} entries`);
  let captured = 0n;
  for (const { id: event, kind, after } of events) {
    const grown = after.captured - captured;
    const meant = kind === "payment.funded" ? amounts.get(event) : 0n;
    check("stepped", grown === meant, `event ${event} lets the cash grow by ${grown}, and ${meant === undefined ? "no entry is there for it" : `its entry says ${meant}`}`);
    captured = after.captured;
  }
}
