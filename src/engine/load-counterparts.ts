/** The rows in other books that change together with those that a batch has loaded: of most there are none, and nothing is looked for. */
import { counterpartsOf } from "../domain/counterparts.ts";
import { feesOf } from "../domain/connected.ts";
import type { LoadedRows, Needs } from "./store.ts";
import { NO_EXTRAS, type Extras } from "./views.ts";

/** What is shown of a counterpart in the answer: its newest refunds. */
const SHOWN: Extras = { refunds: 10, entries: true, attempts: true };

/** What is to be loaded beside these rows; null where nothing is. */
export function counterpartNeeds({ payments, namedRefunds }: LoadedRows): Needs | null {
  const connected = payments.filter(({ connect }) => connect !== null);
  if (connected.length === 0) return null;
  const refunds = namedRefunds.flatMap(({ merchant, id, paymentId, feeReturned }) => {
    const payment = connected.find((one) => one.merchant === merchant && one.id === paymentId);
    // What comes back of a fee does so by a refund that shares its id.
    return payment?.connect?.role === "charge" && feeReturned > 0n ? [{ merchant: feesOf(payment.connect.platform), by: "refund", id, extras: NO_EXTRAS } as const] : [];
  });
  const counterparts = connected.flatMap((payment) => counterpartsOf(payment).map((one) => ({ ...one, extras: SHOWN })));
  return counterparts.length + refunds.length === 0 ? null : { payments: [...counterparts, ...refunds], profiles: [], keys: [] };
}

/** Both, each row once: the second may have found some of the first again. */
export function besideCounterparts(rows: LoadedRows, more: LoadedRows): LoadedRows {
  return {
    ...rows,
    payments: onceEach(rows.payments, more.payments),
    attempts: onceEach(rows.attempts, more.attempts),
    refunds: onceEach(rows.refunds, more.refunds),
    entries: onceEach(rows.entries, more.entries),
    namedRefunds: onceEach(rows.namedRefunds, more.namedRefunds),
  };
}

function onceEach<Row extends { readonly merchant: string; readonly id: string }>(rows: readonly Row[], more: readonly Row[]): Row[] {
  const name = ({ merchant, id }: Row): string => `${merchant}/${id}`;
  const known = new Set(rows.map(name));
  return [...rows, ...more.filter((row) => !known.has(name(row)))];
}

/** Whether the rows hold all of these payments and refunds. */
export function holdsAll({ payments, namedRefunds }: LoadedRows, needs: Needs | null): boolean {
  const names = new Set([...payments, ...namedRefunds].map(({ merchant, id }) => `${merchant}/${id}`));
  return (needs?.payments ?? []).every(({ merchant, id }) => names.has(`${merchant}/${id}`));
}
