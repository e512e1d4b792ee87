/** A certificate that signs itself, made here: no program, and no key that would lie in a repository. X.509 in DER, as little of it as TLS asks for. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export type Certificate = { readonly certificate: string; readonly key: string };

const [INTEGER, BITS, OCTETS, OID, TEXT, TIME, SEQUENCE, SET] = [0x02, 0x03, 0x04, 0x06, 0x0c, 0x18, 0x30, 0x31];
const [DNS_NAME, IP_ADDRESS, EXTENSIONS] = [0x82, 0x87, 0xa3];
const VERSION_3 = Buffer.from("a003020102", "hex");
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OID, Buffer.from("2a8648ce3d040302", "hex")));
const COMMON_NAME = der(OID, Buffer.from("550403", "hex"));
const ALTERNATIVE_NAME = der(OID, Buffer.from("551d11", "hex"));

export function makeCertificate({ names, addresses }: { readonly names: readonly string[]; readonly addresses: readonly string[] }): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [from, until] = [new Date(), new Date()];
  from.setUTCDate(from.getUTCDate() - 1);
  until.setUTCFullYear(until.getUTCFullYear() + 1);
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(TEXT, Buffer.from(names[0] ?? "test")))));
  const others = [
    ...names.map((name) => der(DNS_NAME, Buffer.from(name))),
    ...addresses.map((address) => der(IP_ADDRESS, Buffer.from(address.split(".").map(Number)))),
  ];
  const extension = der(SEQUENCE, ALTERNATIVE_NAME, der(OCTETS, der(SEQUENCE, ...others)));
  // Its first bit is 0, so that it is no negative number.
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const told = der(
    SEQUENCE, VERSION_3, der(INTEGER, serial), ECDSA_WITH_SHA256, subject, der(SEQUENCE, time(from), time(until)), subject,
    publicKey.export({ type: "spki", format: "der" }), der(EXTENSIONS, der(SEQUENCE, extension)),
  );
  const signature = der(BITS, Buffer.from([0]), sign("sha256", told, privateKey));
  const body = der(SEQUENCE, told, ECDSA_WITH_SHA256, signature).toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

function time(at: Date): Buffer {
  return der(TIME, Buffer.from(`${at.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, "")}Z`));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
