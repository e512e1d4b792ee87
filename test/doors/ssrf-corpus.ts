/** URLs by which somebody could try to have our own machines, or our neighbours', told something: addresses in every spelling that a URL has for them. */

/** IPv4 addresses that are not public: this machine, its networks, clouds' metadata, and what the registries keep for themselves. */
const INWARD_V4 = [
  "127.0.0.1", "127.0.0.53", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "169.254.0.1", "169.254.169.254",
  "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
  "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
];

export const INWARD_V6 = [
  "::", "::1", "::2", "0:0:0:0:0:0:0:1", "fe80::1", "fe80::1ff:fe23:4567:890a", "febf::1", "fec0::1", "fc00::1", "fd00::1", "fd12:3456:789a:1::1", "ff02::1", "ff05::2", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
  "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "64:ff9b:1::1", "::7f00:1", "::ffff:0:7f00:1", "fedc:ba98::1",
];

type Octets = readonly [number, number, number, number];

function octetsOf(address: string): Octets {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [a, b, c, d];
}

const hex = (value: number, width = 1) => value.toString(16).padStart(width, "0");
const octal = (value: number) => `0${value.toString(8)}`;
const wide = (text: string) => text.replaceAll(/[0-9.]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0));
const numberOf = ([a, b, c, d]: Octets) => ((a * 256 + b) * 256 + c) * 256 + d;

/** Hosts that all stand for that address. */
function spellings(address: string): string[] {
  const octets = octetsOf(address);
  const [a, b, c, d] = octets;
  const [high, low] = [hex(a * 256 + b), hex(c * 256 + d)];
  return [
    address,
    `${address}.`,
    String(numberOf(octets)),
    `0x${hex(numberOf(octets), 8)}`,
    octal(numberOf(octets)),
    octets.map(octal).join("."),
    octets.map((octet) => `0x${hex(octet)}`).join("."),
    `0x${hex(a)}.${b}.${octal(c)}.${d}`,
    `${a}.${numberOf([0, b, c, d])}`,
    `${a}.${b}.${c * 256 + d}`,
    wide(address),
    address.replaceAll(".", "。"),
    address.replaceAll(".", "%2e"),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[::${high}:${low}]`,
    `[64:ff9b::${high}:${low}]`,
    `[64:ff9b:1::${high}:${low}]`,
    `[2002:${high}:${low}::1]`,
    `[0:0:0:0:0:ffff:${high}:${low}]`,
  ];
}

/** At that port. Those with user names or other schemes are refused for these already. */
export function corpus(port: number): string[] {
  const hosts = [...INWARD_V4.flatMap(spellings), ...INWARD_V6.map((address) => `[${address}]`)];
  const plain = hosts.flatMap((host) => [`http://${host}:${port}/hook`, `https://${host}:${port}/hook`]);
  const dressed = ["127.0.0.1", "[::1]", "2130706433"].flatMap((host) => [
    `https://example.com@${host}:${port}/`, `https://example.com:pass@${host}:${port}/`, `https://${host}:${port}#example.com`, `https://${host}:${port}?example.com/`, `HTTPS://${host}:${port}/`,
    `https:\\\\${host}:${port}\\`, `https:/${host}:${port}/`, `https:${host}:${port}/`, ` https://${host}:${port}/`, `https://${host}:${port}/\t`, `ftp://${host}:${port}/`, `file:///etc/passwd`, `gopher://${host}:${port}/_x`, `ws://${host}:${port}/`,
  ]);
  return [...new Set([...plain, ...dressed])];
}

export const INWARD: readonly string[] = [...INWARD_V4, ...INWARD_V6];
