/**
 * To which addresses events may be told. An address that somebody else names could be one of our own, so what a name stands for is looked up
 * and checked for each connection, and the very address that was checked is connected to; an address that is written out is checked before.
 */
import { BlockList, isIP, isIPv4 } from "node:net";
import { isNetwork } from "../../base/network.ts";
import { makeResolve, type Resolve, type Resolved } from "./resolve-name.ts";

/** `open`: as the sandbox has it, also this machine itself, and without TLS. */
export type AddressRules = { readonly open: boolean; /** Networks, `10.1.0.0/16`, and host names that are told all the same. */ readonly allowed: readonly string[] };

const URL_MAX = 2_048;
const BLANK = /[\p{Cc}\p{Z}]/u;
const LOOPBACK = ["127.0.0.0/8", "::1/128"];
/** What is not, or not surely, somebody else's machine on the public internet (IANA's special-purpose address registries), and what carries another address inside. */
const INWARD = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
  "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
  "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
];
/** Of IPv6 nothing else is given out for the public internet. */
const PUBLIC_V6 = networks(["2000::/3"]);
const INWARD_NETWORKS = networks(INWARD);
const LOOPBACK_NETWORKS = networks(LOOPBACK);

export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

export class Addresses {
  readonly #open: boolean;
  readonly #allowed: BlockList;
  readonly #names: ReadonlySet<string>;
  readonly #resolve: Resolve;

  constructor({ open, allowed }: AddressRules, resolve: Resolve = makeResolve()) {
    this.#open = open;
    this.#allowed = networks(allowed.filter((one) => isNetwork(one)));
    this.#names = new Set(allowed.filter((one) => !isNetwork(one)).map((name) => name.toLowerCase()));
    this.#resolve = resolve;
  }

  /** Why nothing may be told to that URL, in words; null where something may, as far as it can be seen before its name is looked up. */
  refusal(text: string): string | null {
    if (text.length > URL_MAX) return `it has more than ${URL_MAX} characters`;
    // They would be dropped on the way, and what is shown would not be where it goes.
    if (BLANK.test(text)) return "it holds spaces or control characters";
    const url = URL.parse(text);
    if (url === null) return "it is not a valid URL";
    if (url.protocol !== "https:" && url.protocol !== "http:") return "it is neither https nor http";
    if (url.username !== "" || url.password !== "") return "it holds a user name or a password";
    const host = hostOf(url);
    const isNamed = this.#names.has(host);
    if (isIP(host) !== 0 && !isNamed && !this.mayConnect(host)) return "its address is not a public one";
    const mayBePlain = this.#open || isNamed || (isIP(host) !== 0 && isIn(this.#allowed, host));
    return url.protocol === "https:" || mayBePlain ? null : "it is not https";
  }

  mayConnect(address: string): boolean {
    if (isIn(this.#allowed, address)) return true;
    if (this.#open && isIn(LOOPBACK_NETWORKS, address)) return true;
    return !isIn(INWARD_NETWORKS, address) && (isIPv4(address) || isIn(PUBLIC_V6, address));
  }

  /** As a socket looks a name up: it is given no address but those that were checked, and none at all where one of them may not be connected to. */
  readonly lookup = (host: string, options: { readonly all?: boolean | undefined }, done: LookedUp): void => void this.#lookUp(host, options.all === true, done);

  async #lookUp(host: string, all: boolean, done: LookedUp): Promise<void> {
    let addresses: readonly Resolved[];
    try {
      addresses = await this.#resolve(host);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)), []);
    }
    const [first] = addresses;
    if (first === undefined) return done(new Error(`${host} has no address`), []);
    const refused = this.#names.has(host.toLowerCase()) ? undefined : addresses.find(({ address }) => !this.mayConnect(address));
    if (refused !== undefined) return done(new AddressRefused(`${host} stands for an address that is not a public one`), []);
    if (all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  }
}

type LookedUp = (error: Error | null, address: string | Resolved[], family?: number) => void;

/** The name or the address in a URL, as it is connected to. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname.toLowerCase();
}

function networks(all: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of all) {
    const [address = "", bits = ""] = network.split("/");
    list.addSubnet(address, Number(bits), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  const [bare = ""] = address.split("%");
  return list.check(bare, isIPv4(bare) ? "ipv4" : "ipv6");
}
