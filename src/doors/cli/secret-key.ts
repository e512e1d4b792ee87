/** The key under which endpoints' secrets are sealed: the one that was given, or one that lies beside the book. */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { present } from "../../base/assert.ts";
import { VAULT_KEY_BYTES } from "../../engine/vault.ts";
import { CannotOpen } from "../../engine/store.ts";
import { MEMORY, type ServerConfig } from "./config.ts";
import { parseSecretKey } from "./parse-secret-key.ts";

const FILE = "secret.key";

/** Null for a database without a key: all its servers need the same, and none of them may make one up. */
export function secretKeyFor({ secretKey, data, database }: Pick<ServerConfig, "secretKey" | "data" | "database">): Buffer | null {
  if (secretKey !== null) return Buffer.from(secretKey);
  if (database !== null) return null;
  return data === MEMORY ? randomBytes(VAULT_KEY_BYTES) : keyIn(data);
}

/** Made once, whole or not at all, and readable by its owner alone. A copy of the book without it has endpoints that cannot be told anything. */
function keyIn(folder: string): Buffer {
  const path = join(folder, FILE);
  const known = read(path);
  if (known !== null) return known;
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(VAULT_KEY_BYTES).toString("base64")}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return present(read(path), `the key in ${path}`);
}

function read(path: string): Buffer | null {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const key = parseSecretKey(text.trim());
  if (key === null) throw new CannotOpen(`${path} holds no key: it should be ${VAULT_KEY_BYTES} bytes in base64. Put back the one that was there, or, if endpoints may lose their secrets, take the file away: a new one is made.`);
  return Buffer.from(key);
}
