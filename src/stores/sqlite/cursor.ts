/** Walks one table in the order of merchant and payment, and hands out each payment's rows in turn. */

type Places = readonly [merchant: number, payment: number];

export class Cursor<Row extends readonly unknown[]> {
  readonly #rows: Iterator<Row>;
  readonly #places: Places;
  readonly #lost: (owner: { readonly merchant: string; readonly payment: string }) => void;
  #next: Row | null;
  /** How many rows have gone by, with their payment or without. */
  taken = 0;

  /** `places` says where in a row its merchant and its payment stand; `lost` is told of rows whose payment never came. */
  constructor(rows: Iterator<Row>, places: Places, lost: (owner: { readonly merchant: string; readonly payment: string }) => void) {
    this.#rows = rows;
    this.#places = places;
    this.#lost = lost;
    this.#next = this.#step();
  }

  /** The rows of that payment. Payments must be asked for in order. */
  take(merchant: string, payment: string): Row[] {
    const rows: Row[] = [];
    while (this.#next !== null) {
      const order = this.#compare(this.#next, merchant, payment);
      if (order > 0) break;
      if (order === 0) rows.push(this.#next);
      else this.#lose(this.#next);
      this.#next = this.#step();
    }
    return rows;
  }

  /** All that is left belongs to no payment. */
  takeRest(): void {
    for (; this.#next !== null; this.#next = this.#step()) this.#lose(this.#next);
  }

  close(): void {
    this.#rows.return?.();
  }

  #step(): Row | null {
    const step = this.#rows.next();
    if (step.done === true) return null;
    this.taken += 1;
    return step.value;
  }

  #compare(row: Row, merchant: string, payment: string): number {
    const own = row[this.#places[0]];
    if (own !== merchant) return String(own) < merchant ? -1 : 1;
    const ownPayment = row[this.#places[1]];
    return ownPayment === payment ? 0 : String(ownPayment) < payment ? -1 : 1;
  }

  #lose(row: Row): void {
    this.#lost({ merchant: String(row[this.#places[0]]), payment: String(row[this.#places[1]]) });
  }
}
