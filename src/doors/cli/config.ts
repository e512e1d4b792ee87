/** What a server is told: by flags first, then by the environment, then by defaults. */
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { isNetwork } from "../../base/network.ts";
import { currency, type Currency } from "../../domain/currency.ts";
import { parseSecretKey } from "./parse-secret-key.ts";

export type ServerConfig = {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** A folder, or `:memory:` for a book that is gone with the process. */
  readonly data: string;
  /** The address of a PostgreSQL that holds the book in place of a folder; and of a replica of it, for lists. */
  readonly database: string | null;
  readonly listsFrom: string | null;
  /** Whether any `sk_test_…` key opens a merchant of its own, or only keys that were given out do. */
  readonly keys: "open" | "provisioned";
  /** The one currency in which this Square seller takes payments. */
  readonly squareCurrency: Currency;
  /** Whether this Square seller may refund what belongs to no payment. */
  readonly squareUnlinked: boolean;
  /** How long what the sandbox makes happen later takes, in milliseconds. */
  readonly sandboxDelay: number;
  /** Under which endpoints' secrets are sealed; null where none was given. */
  readonly secretKey: Uint8Array | null;
  /** Whether this server tells events. */
  readonly webhooks: boolean;
  /** How long failed webhooks wait before they are tried again: as the vendor's do, or hardly at all, for tests. */
  readonly webhookRetries: "vendor" | "fast";
  /** Networks and host names to which webhooks may be sent though they are not public, or not https. */
  readonly webhookAllow: readonly string[];
  /** Events and their deliveries are shown for so many days. */
  readonly eventDays: number;
  readonly logLevel: string;
};

export type ServeFlags = {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly database?: string | undefined;
  readonly keys?: string | undefined;
  readonly squareCurrency?: string | undefined;
  readonly squareUnlinked?: string | undefined;
  readonly sandboxDelay?: string | undefined;
  readonly webhooks?: string | undefined;
  readonly webhookRetries?: string | undefined;
  readonly webhookAllow?: string | undefined;
  readonly eventDays?: string | undefined;
};

export const MEMORY = ":memory:";
const PORT_MAX = 65_535;
/** A day. */
const DELAY_MAX = 86_400_000;
const EVENT_DAYS_MIN = 4;
const EVENT_DAYS_MAX = 3_650;
const HOST_NAME = /^(?!\d+(?:\.\d+)*$)[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?$/;
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
  const unlinked = flags.squareUnlinked ?? env["REFUNDRY_SQUARE_UNLINKED"] ?? "off";
  if (unlinked !== "on" && unlinked !== "off") return { mistake: `'${unlinked}' does not say whether Square's unlinked refunds are served. Give 'on' or 'off'.` };
  const delayText = flags.sandboxDelay ?? env["REFUNDRY_SANDBOX_DELAY"] ?? "1000";
  const sandboxDelay = Number(delayText);
  if (!/^\d{1,8}$/.test(delayText) || sandboxDelay > DELAY_MAX) return { mistake: `'${delayText}' is no delay of the sandbox. Give milliseconds from 0 to ${DELAY_MAX}; with 0 things happen at once.` };
  const webhooks = readWebhooks(flags, env);
  if ("mistake" in webhooks) return webhooks;
  const logLevel = env["LOG_LEVEL"] ?? "warn";
  if (!LEVELS.includes(logLevel)) return { mistake: `'${logLevel}' is no log level. Give one of ${LEVELS.join(", ")}.` };
  const place = placeOf(flags, env);
  if ("mistake" in place) return place;
  const listsFrom = place.database === null ? null : (env["READ_DATABASE_URL"] ?? null);
  if (listsFrom !== null && !isDatabase(listsFrom)) return { mistake: noDatabase("READ_DATABASE_URL") };
  return { host, port, keys, squareCurrency, squareUnlinked: unlinked === "on", sandboxDelay, ...webhooks, logLevel, ...place, listsFrom };
}

type Webhooks = Pick<ServerConfig, "secretKey" | "webhooks" | "webhookRetries" | "webhookAllow" | "eventDays">;

function readWebhooks(flags: ServeFlags, env: Readonly<Record<string, string | undefined>>): Webhooks | { readonly mistake: string } {
  const keyText = env["REFUNDRY_SECRET_KEY"] ?? "";
  const secretKey = keyText === "" ? null : parseSecretKey(keyText);
  if (keyText !== "" && secretKey === null) return { mistake: "REFUNDRY_SECRET_KEY is no key. Give 32 random bytes in base64, as `openssl rand -base64 32` prints them." };
  const webhooks = flags.webhooks ?? env["REFUNDRY_WEBHOOKS"] ?? "on";
  if (webhooks !== "on" && webhooks !== "off") return { mistake: `'${webhooks}' does not say whether webhooks are sent. Give 'on' or 'off'.` };
  const webhookRetries = flags.webhookRetries ?? env["REFUNDRY_WEBHOOK_RETRIES"] ?? "vendor";
  if (webhookRetries !== "vendor" && webhookRetries !== "fast") return { mistake: `'${webhookRetries}' is no way to try webhooks again. Give 'vendor' or 'fast'.` };
  const webhookAllow = (flags.webhookAllow ?? env["REFUNDRY_WEBHOOK_ALLOW"] ?? "").split(",").map((one) => one.trim()).filter((one) => one !== "");
  const wrong = webhookAllow.find((one) => !isNetwork(one) && !HOST_NAME.test(one));
  if (wrong !== undefined) return { mistake: `'${wrong}' is neither a network nor a host name. Give such as 10.1.0.0/16, fd00::/8 or hooks.internal, with commas between.` };
  const daysText = flags.eventDays ?? env["REFUNDRY_EVENT_DAYS"] ?? "30";
  const eventDays = Number(daysText);
  if (!/^\d{1,4}$/.test(daysText) || eventDays < EVENT_DAYS_MIN || eventDays > EVENT_DAYS_MAX) return { mistake: `'${daysText}' is no number of days. Give ${EVENT_DAYS_MIN} to ${EVENT_DAYS_MAX}: webhooks are tried again for up to three days.` };
  return { secretKey, webhooks: webhooks === "on", webhookRetries, webhookAllow, eventDays };
}

/** Where a book is: in PostgreSQL if an address is given, and else in the folder. */
export type Place = Pick<ServerConfig, "data" | "database">;
type PlaceFlags = Pick<ServeFlags, "data" | "database">;

/** The place of a book that is there, or will be, also without a server; or what is wrong with it in words. */
export function readPlace(flags: PlaceFlags, env: Readonly<Record<string, string | undefined>>): Place | { readonly mistake: string } {
  const place = placeOf(flags, env);
  if ("mistake" in place) return place;
  if (place.database === null && place.data === MEMORY) return { mistake: `A book in memory lives and ends with its server, and no other program can open it. Give the folder of a book with --data, in place of ${MEMORY}.` };
  return place;
}

export type CopyFlags = { readonly from: string; readonly to: string };

/** From where to where a book is copied: each a folder, or the address of a PostgreSQL; or what is wrong with them in words. */
export function readCopyPlaces({ from, to }: CopyFlags): { readonly from: Place; readonly to: Place } | { readonly mistake: string } {
  const [source, target] = [eitherPlace("--from", from), eitherPlace("--to", to)];
  if ("mistake" in source) return source;
  if ("mistake" in target) return target;
  const isSame = source.database === null ? target.database === null && folderOf(source.data) === folderOf(target.data) : source.database === target.database;
  if (isSame) return { mistake: "--from and --to name the same book. Give the book that is there with --from, and an empty folder or database with --to." };
  return { from: source, to: target };
}

function eitherPlace(flag: string, text: string): Place | { readonly mistake: string } {
  if (isDatabase(text)) return { data: "", database: text };
  if (text.trim() === "") return { mistake: `${flag} is empty. Give a folder, or the address of a PostgreSQL such as postgres://user:password@host:5432/database.` };
  if (text.includes("://")) return { mistake: noDatabase(flag) };
  return readPlace({ data: text }, {});
}

/** A folder that is not there yet has no other name. */
function folderOf(data: string): string {
  try {
    return realpathSync(data);
  } catch {
    return resolve(data);
  }
}

/** An empty name would be the working folder, which nobody who left a variable empty has meant. */
const NO_FOLDER = "The folder of the book has no name: --data, or REFUNDRY_DATA, is empty. Give a folder, or leave it out for ./refundry-data.";

/** Whoever names a folder and a database means one of them, and nobody can tell which. A flag goes before the environment. */
function placeOf(flags: PlaceFlags, env: Readonly<Record<string, string | undefined>>): Place | { readonly mistake: string } {
  const { data, database } = flags.data === undefined && flags.database === undefined ? { data: env["REFUNDRY_DATA"], database: env["DATABASE_URL"] } : flags;
  if (data !== undefined && database !== undefined) {
    const names = database === flags.database ? "--data and --database are both given" : "REFUNDRY_DATA and DATABASE_URL are both set";
    return { mistake: `The book is in a folder or in PostgreSQL, and ${names}. Leave one of them out.` };
  }
  if (database !== undefined && !isDatabase(database)) return { mistake: noDatabase(database === flags.database ? "--database" : "DATABASE_URL") };
  if (data?.trim() === "") return { mistake: NO_FOLDER };
  return { data: data ?? "./refundry-data", database: database ?? null };
}

function isDatabase(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text);
}

/** The text itself is not shown: it may hold a password. */
function noDatabase(name: string): string {
  return `${name} is no address of a PostgreSQL. Give one such as postgres://user:password@host:5432/database.`;
}

/** The place for people: an address without its password. */
export function nameOfPlace({ data, database }: Place): string {
  if (database === null) return data === MEMORY ? "in memory: gone when the server stops" : data;
  return database.replace(/^(\w+:\/\/[^:@/?]*):[^@/?]*@/, "$1@").replace(/\?.*$/, "");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
