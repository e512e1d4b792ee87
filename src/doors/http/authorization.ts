/** The key in an `Authorization` header: a bearer token, or the user of a basic pair whose password is empty or ignored. */

const KEY_HEADER_MAX = 1_024;

export function keyFrom(header: string | undefined): string | null {
  if (header === undefined || header.length > KEY_HEADER_MAX) return null;
  const space = header.indexOf(" ");
  if (space < 0) return null;
  const scheme = header.slice(0, space).toLowerCase();
  const credentials = header.slice(space + 1).trim();
  if (credentials === "") return null;
  if (scheme === "bearer") return credentials;
  if (scheme !== "basic") return null;
  const pair = Buffer.from(credentials, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const user = colon < 0 ? pair : pair.slice(0, colon);
  return user === "" ? null : user;
}
