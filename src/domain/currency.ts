/**
 * The currencies we keep books in: ISO 4217 (list one, amended to 2025-06) with the exponent of each minor unit.
 * Not from `Intl`, whose digits are for display and differ for some twenty live currencies. ISK, MGA and UGX are left out:
 * Stripe's minor units of them are not ISO's, so the same number would mean another sum in another dialect.
 */
import type { Brand } from "../base/brand.ts";

/** An ISO 4217 code in capitals that stands in the table below. */
export type Currency = Brand<string, "Currency">;

const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...codes(0, "BIF CLP DJF GNF JPY KMF KRW PYG RWF UYI VND VUV XAF XOF XPF"),
  ...codes(
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
     CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
     ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
     MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
     SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  ),
  ...codes(3, "BHD IQD JOD KWD LYD OMR TND"),
  ...codes(4, "CLF UYW"),
]);

function codes(exponent: number, list: string): [string, number][] {
  return list.split(/\s+/).map((code) => [code, exponent]);
}

/** The currency of that code in capitals, or null. */
export function currency(code: string): Currency | null {
  return isCurrency(code) ? code : null;
}

function isCurrency(code: string): code is Currency {
  return EXPONENTS.has(code);
}

/** How many decimal places the minor unit is of the major one: 2 for USD, 0 for JPY, 3 for KWD. */
export function exponentOf(of: Currency): number {
  return EXPONENTS.get(of) ?? 2;
}

export function currencies(): readonly string[] {
  return [...EXPONENTS.keys()];
}
