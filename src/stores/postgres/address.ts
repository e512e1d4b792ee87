/** Where a book is: `postgres://user:password@host:port,host:port/database?sslmode=verify-full&sslrootcert=…`. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { CannotOpen } from "../../engine/store.ts";

export type Host = { readonly host: string; readonly port: number };

export type Address = {
  /** Tried in turn: of a cluster, whichever is the primary. */
  readonly hosts: readonly Host[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly ssl: false | ConnectionOptions;
  /** By which the server's own lists show who is connected. */
  readonly applicationName: string;
  /** Whether statements are prepared once for each connection, or sent whole each time. */
  readonly prepare: boolean;
  /** The address for people: without its password. */
  readonly name: string;
};

const SHAPE = /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const HOST = /^(\[[0-9a-fA-F:]+\]|[^:[\]]*)(?::(\d{1,5}))?$/;
const PORT = 5_432;
const MODES = ["disable", "require", "verify-ca", "verify-full"];
const KNOWN = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "prepare", "application_name", "target_session_attrs"];

/** Throws `CannotOpen`, in words, when the address cannot be read. */
export function readAddress(url: string): Address {
  const match = SHAPE.exec(url);
  if (match === null) throw unreadable("it has not the shape postgres://user:password@host:port/database.");
  const [, user, password, hosts = "", database, query = ""] = match;
  const options = new Map(new URLSearchParams(query));
  for (const name of options.keys()) {
    if (!KNOWN.includes(name)) throw unreadable(`it has the parameter '${name}', which Refundry does not know. It knows ${KNOWN.join(", ")}.`);
  }
  const places = (options.get("host") ?? hosts).split(",").map((place) => hostOf(decoded(place), options.get("port")));
  const prepare = options.get("prepare") ?? "true";
  if (prepare !== "true" && prepare !== "false") throw unreadable("prepare is neither true nor false.");
  const userName = nonEmpty(user);
  const name = `postgres://${userName === undefined ? "" : `${decoded(userName)}@`}${places.map(({ host, port }) => `${host}:${port}`).join(",")}/${decoded(database ?? "")}`;
  return {
    hosts: places,
    user: userName && decoded(userName),
    password: password === undefined ? undefined : decoded(password),
    database: nonEmpty(database) === undefined ? undefined : decoded(database ?? ""),
    ssl: sslOf(options),
    applicationName: options.get("application_name") ?? "refundry",
    prepare: prepare === "true",
    name,
  };
}

function hostOf(place: string, portGiven: string | undefined): Host {
  // A folder is that of a socket, as with every other client.
  if (place.startsWith("/")) return { host: place, port: Number(portGiven ?? PORT) };
  const [, host = "", port] = HOST.exec(place) ?? [];
  if (!HOST.test(place)) throw unreadable(`'${place}' is no host with a port.`);
  return { host: host === "" ? "localhost" : host.replaceAll(/[[\]]/g, ""), port: Number(port ?? portGiven ?? PORT) };
}

/** With the meanings of libpq: `require` encrypts and asks for no name, unless a root certificate says whom to trust. */
function sslOf(options: ReadonlyMap<string, string>): Address["ssl"] {
  const mode = options.get("sslmode") ?? "disable";
  if (!MODES.includes(mode)) throw unreadable(`its sslmode is '${mode}'. Give one of ${MODES.join(", ")}.`);
  if (mode === "disable") return false;
  const ca = fileOf(options, "sslrootcert");
  const cert = fileOf(options, "sslcert");
  const key = fileOf(options, "sslkey");
  return {
    rejectUnauthorized: mode !== "require" || ca !== undefined,
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function fileOf(options: ReadonlyMap<string, string>, name: string): string | undefined {
  const path = options.get(name);
  if (path === undefined || path === "system") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(`its ${name} '${path}' cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable("a '%' in it is not followed by two hexadecimal digits. Write %25 for the sign itself.");
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** The address itself is not shown: it may hold a password. */
function unreadable(why: string): CannotOpen {
  return new CannotOpen(`The address of the database cannot be read: ${why} Give it with --database or DATABASE_URL.`);
}
