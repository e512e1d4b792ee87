/** What a server is told: by flags first, then by the environment, then by defaults. */
import { currency, type Currency } from "../../domain/currency.ts";

export type ServerConfig = {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** A folder, or `:memory:` for a book that is gone with the process. */
  readonly data: string;
  /** Whether any `sk_test_…` key opens a merchant of its own, or only keys that were given out do. */
  readonly keys: "open" | "provisioned";
  /** The one currency in which this Square seller takes payments. */
  readonly squareCurrency: Currency;
  readonly logLevel: string;
};

export type ServeFlags = {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly keys?: string | undefined;
  readonly squareCurrency?: string | undefined;
};

export const MEMORY = ":memory:";
const PORT_MAX = 65_535;
const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

/** The configuration, or what is wrong with it in words. */
export function readConfig(flags: ServeFlags, env: Readonly<Record<string, string | undefined>>): ServerConfig | { readonly mistake: string } {
  const host = flags.host ?? env["HOST"] ?? "127.0.0.1";
  const portText = flags.port ?? env["PORT"] ?? "4242";
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port > PORT_MAX) return { mistake: `'${portText}' is no port. Give a number from 0 to ${PORT_MAX}; 0 takes any free one.` };
  const keys = flags.keys ?? env["REFUNDRY_KEYS"] ?? (isLoopback(host) ? "open" : "provisioned");
  if (keys !== "open" && keys !== "provisioned") return { mistake: `'${keys}' is no way to check keys. Give 'open' or 'provisioned'.` };
  if (keys === "open" && !isLoopback(host)) {
    return { mistake: `The open sandbox lets every key in, so it is served on loopback only, and ${host} is not. Leave out '--keys open', and make a key with 'refundry key create'.` };
  }
  const code = flags.squareCurrency ?? env["REFUNDRY_SQUARE_CURRENCY"] ?? "USD";
  const squareCurrency = currency(code);
  if (squareCurrency === null) return { mistake: `'${code}' is no currency of this book. Give an ISO 4217 code in capitals, such as GBP.` };
  const logLevel = env["LOG_LEVEL"] ?? "warn";
  if (!LEVELS.includes(logLevel)) return { mistake: `'${logLevel}' is no log level. Give one of ${LEVELS.join(", ")}.` };
  const data = dataOf(flags.data, env);
  if (data.trim() === "") return { mistake: NO_FOLDER };
  return { host, port, keys, squareCurrency, logLevel, data };
}

/** The folder of a book that is there, or will be, also without a server; or what is wrong with it in words. */
export function readFolder(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): { readonly data: string } | { readonly mistake: string } {
  const data = dataOf(flag, env);
  if (data.trim() === "") return { mistake: NO_FOLDER };
  if (data === MEMORY) return { mistake: `A book in memory lives and ends with its server, and no other program can open it. Give the folder of a book with --data, in place of ${MEMORY}.` };
  return { data };
}

/** An empty name would be the working folder, which nobody who left a variable empty has meant. */
const NO_FOLDER = "The folder of the book has no name: --data, or REFUNDRY_DATA, is empty. Give a folder, or leave it out for ./refundry-data.";

function dataOf(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  return flag ?? env["REFUNDRY_DATA"] ?? "./refundry-data";
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
