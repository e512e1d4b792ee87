/** The journal as lists and sums: entries of several kinds and currencies, each walked in its own part of one index and put in order. */
import type { Currency } from "../../domain/currency.ts";
import type { Entry } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import { idRange, LEAST } from "../../engine/id-range.ts";
import { currencyCode, whole } from "../../engine/row-values.ts";
import { readEntry, type EntryRow, type Value } from "../../engine/rows.ts";
import type { EntryQuery, EntrySpan, EntrySums } from "../../engine/views.ts";
import type { Connection } from "./connection.ts";
import { findEntries, listEntries, nextCurrency, sumEntries, type EntrySumRow } from "./entry-statements.ts";
import type { Listing } from "./list-statements.ts";

/** Added up at once: about a millisecond of the one thread, and too few for any sum of amounts below 2^53 to reach 2^63. */
const SUMMED_MAX = 1_000;

type Statement<Row> = ReturnType<typeof prepare<Row>>;

export class Journal {
  readonly #currencies: Prepared<[string]>;
  readonly #entries: Prepared<EntryRow>;
  readonly #sums: Prepared<EntrySumRow>;

  constructor(db: Connection) {
    this.#currencies = new Prepared(db);
    this.#entries = new Prepared(db);
    this.#sums = new Prepared(db);
  }

  list(merchant: MerchantId, query: EntryQuery): Entry[] {
    if (query.ids !== null) return this.#entries.all(findEntries(merchant, query, query.ids)).map(readEntry);
    return this.#parts(merchant, query).map(readEntry);
  }

  sum(merchant: MerchantId, span: EntrySpan): EntrySums {
    const rows = this.#sums.all(sumEntries(merchant, span, SUMMED_MAX));
    const last = rows.map(([, , , id]) => id).toSorted().at(-1) ?? null;
    return {
      sums: rows.flatMap(([currency, day, net]) => (net === null ? [] : { currency: currencyCode(currency), day: whole(day), net })),
      last,
      more: rows.reduce((count, [, , , , entries]) => count + Number(entries), 0) === SUMMED_MAX,
    };
  }

  #parts(merchant: MerchantId, { page, kinds, currency }: EntryQuery): EntryRow[] {
    const { limit } = page;
    let { lower, upper, order } = idRange(page);
    let found: EntryRow[] = [];
    for (const one of currency === null ? this.#currenciesOf(merchant) : [currency]) {
      for (const kind of kinds) {
        const more = this.#entries.all(listEntries(merchant, { currency: one, kind }, { lower, upper, order, limit }));
        found = [...found, ...more].toSorted(([, a], [, b]) => (a < b === (order === "desc") ? 1 : -1)).slice(0, limit);
        // A page that is full takes from the next parts only what comes before its last.
        const last = found.length < limit ? undefined : found.at(-1)?.[1];
        if (last !== undefined && order === "desc") lower = last;
        if (last !== undefined && order === "asc") upper = last;
      }
    }
    return found;
  }

  #currenciesOf(merchant: MerchantId): Currency[] {
    const found: Currency[] = [];
    const next = (after: string) => this.#currencies.all(nextCurrency(merchant, after))[0]?.[0];
    for (let code = next(LEAST); code !== undefined; code = next(code)) found.push(currencyCode(code));
    return found;
  }
}

/** There are few texts, and each is prepared once. */
class Prepared<Row> {
  readonly #db: Connection;
  readonly #statements = new Map<string, Statement<Row>>();

  constructor(db: Connection) {
    this.#db = db;
  }

  all({ sql, values }: Listing): Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = prepare<Row>(this.#db, sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(...values);
  }
}

function prepare<Row>(db: Connection, sql: string) {
  return db.prepare<Value[], Row>(sql).safeIntegers().raw();
}
