/** The proof of the whole book: every payment audited, every account added up again, every row accounted for. */
import { feesOf } from "../domain/audit-disputes.ts";
import { auditPayment, feeOf, type Dossier, type Finding } from "../domain/audit.ts";
import { isOutward, type Account } from "../domain/journal.ts";
import type { Book } from "./store.ts";

/** So many findings are kept in full; the rest are only counted. */
export const FINDINGS_MAX = 1_000;
const PROGRESS_EVERY = 1_000;

/** One account in one currency, over the whole book, in minor units. */
export type AccountTotal = { readonly currency: string; readonly account: Account; readonly debits: bigint; readonly credits: bigint };

export type Verification = {
  /** No finding, no imbalance, no damage. */
  readonly sound: boolean;
  readonly payments: number;
  readonly attempts: number;
  readonly refunds: number;
  readonly disputes: number;
  readonly entries: number;
  readonly events: number;
  readonly accounts: readonly AccountTotal[];
  /** The first of them, at most `FINDINGS_MAX`. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  /** Currencies whose sums over the whole book do not meet, in words. */
  readonly imbalances: readonly string[];
  /** Rows that belong to no payment, and damage below the rows, in words. */
  readonly damage: readonly string[];
  /** What was not looked at, in words: all the rest was. */
  readonly unproved: readonly string[];
};

export type Progress = { readonly done: number; readonly total: number };

type Total = { debits: bigint; credits: bigint };

/** What the payments of one currency say of themselves. */
type Said = { captured: bigint; refunded: bigint; disputed: bigint; disputeFees: bigint; feeTaken: bigint; feeReturned: bigint; feesOwed: bigint; feesEarned: bigint; sent: bigint; received: bigint; cash: bigint };

export async function verifyBook(book: Book, onProgress: (progress: Progress) => void): Promise<Verification> {
  const total = await book.countPayments();
  const count = { payments: 0, attempts: 0, refunds: 0, disputes: 0, entries: 0, events: 0 };
  const sums = new Sums();
  const findings: Finding[] = [];
  let findingsCount = 0;
  onProgress({ done: 0, total });
  for await (const dossier of book.dossiers()) {
    count.payments += 1;
    count.attempts += dossier.attempts.length;
    count.refunds += dossier.refunds.length;
    count.disputes += dossier.disputes.length;
    count.entries += dossier.entries.length;
    count.events += dossier.events.length;
    sums.add(dossier);
    for (const finding of auditPayment(dossier)) {
      findingsCount += 1;
      if (findings.length < FINDINGS_MAX) findings.push(finding);
    }
    if (count.payments % PROGRESS_EVERY === 0) onProgress({ done: count.payments, total });
  }
  onProgress({ done: count.payments, total });
  const damage = [...(await book.damage())];
  if (count.payments !== total) damage.push(`${count.payments} payments could be read of ${total}`);
  const imbalances = sums.imbalances();
  const sound = findingsCount === 0 && imbalances.length === 0 && damage.length === 0;
  return { sound, ...count, accounts: sums.accounts(), findings, findingsCount, imbalances, damage, unproved: book.unproved?.() ?? [] };
}

class Sums {
  readonly #accounts = new Map<string, Map<Account, Total>>();
  readonly #said = new Map<string, Said>();

  add({ payment, entries, refunds, disputes }: Dossier): void {
    const said = remember(this.#said, payment.currency, nothing);
    // A transfer is captured by money that goes out.
    const sign = isOutward(payment) ? -1n : 1n;
    said.captured += sign * payment.captured;
    said.refunded += sign * payment.refunded;
    said.disputed += payment.disputed;
    said.disputeFees += feesOf(disputes);
    if (payment.state === "captured") said.feeTaken += payment.feeTaken;
    // Of a refund under way the fee is promised, and no entry has moved it yet.
    const feeReturned = feeOf(refunds, "refunded") + returnedAlone(entries);
    said.feeReturned += feeReturned;
    const { captured, refunded, connect } = payment;
    if (payment.state === "captured" && (connect?.role === "charge" || connect?.role === "received")) said.feesOwed += payment.feeTaken - feeReturned;
    if (connect?.role === "fee") said.feesEarned += captured - refunded;
    if (connect?.role === "transfer") said.sent += captured - refunded;
    if (connect?.role === "received") said.received += captured - refunded;
    if (connect?.role === "cash") said.cash += captured - refunded;
    for (const { currency, postings } of entries) {
      const accounts = remember(this.#accounts, currency, () => new Map<Account, Total>());
      for (const { debit, credit, amount } of postings) {
        remember(accounts, debit, zero).debits += amount;
        remember(accounts, credit, zero).credits += amount;
      }
    }
  }

  accounts(): AccountTotal[] {
    return [...this.#accounts].flatMap(([currency, accounts]) =>
      [...accounts].map(([account, { debits, credits }]) => ({ currency, account, debits, credits })),
    );
  }

  /** Debits against credits, and each account against what the payments say of themselves. */
  imbalances(): string[] {
    const found: string[] = [];
    for (const currency of new Set([...this.#accounts.keys(), ...this.#said.keys()])) {
      const balance = (...names: readonly Account[]) => this.#balance(currency, names);
      const said = this.#said.get(currency) ?? nothing();
      const all = balance("clearing", "outside", "sales", "application_fees", "disputes", "dispute_fees", "transfers", "fee_income", "cash_balances");
      const [money, fees] = [balance("clearing", "outside"), -balance("application_fees")];
      const [disputed, disputeFees] = [balance("disputes"), balance("dispute_fees")];
      const [moneySaid, feesSaid] = [said.captured - said.refunded - said.disputed - said.disputeFees, said.feeTaken - said.feeReturned];
      if (all !== 0n) found.push(`${currency}: debits exceed credits by ${all}`);
      if (money !== moneySaid) found.push(`${currency}: the journal holds ${money}, the payments say ${moneySaid}`);
      if (fees !== feesSaid) found.push(`${currency}: the journal holds fees of ${fees}, the payments say ${feesSaid}`);
      if (disputed !== said.disputed) found.push(`${currency}: the journal has ${disputed} charged back, the payments say ${said.disputed}`);
      const [transferred, earned] = [balance("transfers"), -balance("fee_income")];
      // What goes from one book to another is in both.
      if (transferred !== said.sent || said.sent !== said.received) found.push(`${currency}: the journal has ${transferred} transferred, platforms say ${said.sent} and their accounts ${said.received}`);
      if (earned !== said.feesEarned || said.feesEarned !== said.feesOwed) found.push(`${currency}: the journal has fees of ${earned} earned, platforms say ${said.feesEarned} and their accounts ${said.feesOwed}`);
      const owed = -balance("cash_balances");
      if (owed !== said.cash) found.push(`${currency}: the journal owes customers ${owed} of their cash, which is ${said.cash}`);
      if (disputeFees !== said.disputeFees) found.push(`${currency}: the journal has fees of ${disputeFees} for disputes, those say ${said.disputeFees}`);
    }
    return found;
  }

  #balance(currency: string, names: readonly Account[]): bigint {
    let sum = 0n;
    for (const name of names) {
      const total = this.#accounts.get(currency)?.get(name);
      if (total) sum += total.debits - total.credits;
    }
    return sum;
  }
}

function returnedAlone(entries: Dossier["entries"]): bigint {
  const postings = entries.flatMap(({ kind, postings: of }) => (kind === "fee_return" ? of : []));
  return postings.reduce((sum, { debit, amount }) => sum + (debit === "application_fees" ? amount : 0n), 0n);
}

function nothing(): Said {
  return { captured: 0n, refunded: 0n, disputed: 0n, disputeFees: 0n, feeTaken: 0n, feeReturned: 0n, feesOwed: 0n, feesEarned: 0n, sent: 0n, received: 0n, cash: 0n };
}

function zero(): Total {
  return { debits: 0n, credits: 0n };
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
