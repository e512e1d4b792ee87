import type { MerchantId } from "../domain/merchant.ts";

/** Rows by merchant and id. Two maps rather than one: a name made of both would be written, and hashed, at every look. */
export class ByName<Row> {
  readonly #merchants = new Map<MerchantId, Map<string, Row>>();

  get(merchant: MerchantId, id: string): Row | undefined {
    return this.#merchants.get(merchant)?.get(id);
  }

  set(merchant: MerchantId, id: string, row: Row): void {
    const rows = this.#merchants.get(merchant);
    if (rows === undefined) this.#merchants.set(merchant, new Map([[id, row]]));
    else rows.set(id, row);
  }

  all(): Row[] {
    return [...this.#merchants.values()].flatMap((rows) => [...rows.values()]);
  }
}
