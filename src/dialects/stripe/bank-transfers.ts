/** How money comes in to a customer's cash, by its currency (Stripe's API reference: Cash Balance Transactions). */
import { currency, type Currency } from "../../domain/currency.ts";

const BANK_TRANSFERS = [["EUR", "eu_bank_transfer"], ["GBP", "gb_bank_transfer"], ["JPY", "jp_bank_transfer"], ["MXN", "mx_bank_transfer"], ["USD", "us_bank_transfer"]] as const;
export type BankTransfer = (typeof BANK_TRANSFERS)[number][1];

/** Null where no bank transfer comes in that currency, so that nobody has cash in it. */
export function bankTransferIn(of: Currency): BankTransfer | null {
  return BANK_TRANSFERS.find(([code]) => code === of)?.[1] ?? null;
}

export const CASH_CURRENCIES: readonly Currency[] = BANK_TRANSFERS.flatMap(([code]) => currency(code) ?? []);
