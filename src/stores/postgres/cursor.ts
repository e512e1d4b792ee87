/** Walks one table in the order of merchant and payment, page by page, and hands out each payment's rows in turn. */

type Places = readonly [merchant: number, payment: number];
type Owner = { readonly merchant: string; readonly payment: string };

export class Cursor<Row extends unknown[]> {
  readonly #fetch: () => Promise<Row[]>;
  readonly #places: Places;
  readonly #lost: (owner: Owner) => void;
  #page: Row[] = [];
  #at = 0;
  #ended = false;

  /** `fetch` gives the next page, and an empty one at the end; `lost` is told of rows whose payment never came. */
  constructor(fetch: () => Promise<Row[]>, places: Places, lost: (owner: Owner) => void) {
    this.#fetch = fetch;
    this.#places = places;
    this.#lost = lost;
  }

  /** The rows of that payment. Payments must be asked for in order. */
  async take(merchant: string, payment: string): Promise<Row[]> {
    const rows: Row[] = [];
    for (let row = await this.#next(); row !== null; row = await this.#next()) {
      const order = this.#compare(row, merchant, payment);
      if (order > 0) break;
      if (order === 0) rows.push(row);
      else this.#lose(row);
      this.#at += 1;
    }
    return rows;
  }

  /** All that is left belongs to no payment. */
  async takeRest(): Promise<void> {
    for (let row = await this.#next(); row !== null; row = await this.#next()) {
      this.#lose(row);
      this.#at += 1;
    }
  }

  /** The row that is next, which stays next until `#at` goes on. */
  async #next(): Promise<Row | null> {
    if (this.#at === this.#page.length && !this.#ended) {
      this.#page = await this.#fetch();
      this.#at = 0;
      this.#ended = this.#page.length === 0;
    }
    return this.#page[this.#at] ?? null;
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
