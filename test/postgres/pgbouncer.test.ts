/**
 * A pgbouncer in transaction mode between the node and PostgreSQL, as it comes with a system. Where none is installed this is said
 * aloud and not run; with PGBOUNCER=required, as in CI, that fails.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createInterface } from "node:readline";
import { call, freshKey } from "../test-server.ts";
import { chargeOf, prove, refund, refundedOf, startNode } from "./acting.ts";
import { freshDatabase } from "./database.ts";
import { serverUser } from "./server-user.ts";

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"].find((path) => existsSync(path));
/** From here on pgbouncer keeps prepared statements apart itself, when it is told how many. */
const PREPARES_FROM = [1, 21] as const;
const SERVER_CONNECTIONS = 3;
const CHARGES = 24;
/** Beside its own log lines, the one that says that it listens. */
const UP = /process up/;

if (PROGRAM === undefined) console.error("\n  NOT RUN: pgbouncer is not installed here, and so nothing was tested through it. On Debian: apt-get install pgbouncer\n");

function prepares(program: string): boolean {
  const [, major = "0", minor = "0"] = /PgBouncer (\d+)\.(\d+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" })) ?? [];
  return Number(major) > PREPARES_FROM[0] || (Number(major) === PREPARES_FROM[0] && Number(minor) >= PREPARES_FROM[1]);
}

async function startPgbouncer(context: TestContext, program: string, url: string, settings: readonly string[]): Promise<string> {
  const { hostname, port, username, password } = new URL(url);
  const folder = mkdtempSync(join(tmpdir(), "refundry-pgbouncer-"));
  const own = await freePort();
  const config = [
    "[databases]", `* = host=${hostname} port=${port}`, "[pgbouncer]", "listen_addr = 127.0.0.1", `listen_port = ${own}`, "unix_socket_dir =", "auth_type = scram-sha-256",
    `auth_file = ${folder}/users`, "pool_mode = transaction", `default_pool_size = ${SERVER_CONNECTIONS}`, "max_client_conn = 100", ...settings, "",
  ];
  const files: Readonly<Record<string, string>> = { config: config.join("\n"), users: `"${username}" "${decodeURIComponent(password)}"\n` };
  const { uid, gid } = serverUser();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  for (const path of [folder, ...Object.keys(files).map((name) => join(folder, name))]) if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
  chmodSync(folder, 0o700);
  const child = spawn(program, [join(folder, "config")], { uid, gid, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  context.after(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (!UP.test(line)) continue;
    child.stderr.resume();
    const through = new URL(url);
    through.port = String(own);
    return through.href;
  }
  throw new Error(`pgbouncer did not start: ${said.join("\n")}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

describe("through pgbouncer in transaction mode", () => {
  it("is tested wherever that is asked for", () => {
    assert.ok(PROGRAM !== undefined || process.env["PGBOUNCER"] !== "required", "PGBOUNCER=required, and pgbouncer is not installed: apt-get install pgbouncer");
  });
  if (PROGRAM === undefined) return;
  const program = PROGRAM;
  const ways: readonly (readonly [string, readonly string[], string])[] = [
    ["behind one that knows nothing of prepared statements, with prepare=false", [], "?prepare=false"],
    ["behind one that knows nothing of prepared statements, of which nobody told them", [], ""],
    ...(prepares(program) ? [["behind one that keeps prepared statements", ["max_prepared_statements = 200"], ""] as const] : []),
  ];
  for (const [way, settings, query] of ways) {
    it(`nodes work on one book ${way}`, async (context) => {
      const database = await freshDatabase(context);
      const through = `${await startPgbouncer(context, program, database.url, settings)}${query}`;
      const nodes = [await startNode(context, through), await startNode(context, through)] as const;
      const key = freshKey();
      const charges = await Promise.all(Array.from({ length: CHARGES }, (_, i) => chargeOf(nodes[i % 2 === 0 ? 0 : 1], key)));
      // Everybody at once at one payment, through both nodes, and each at his own.
      const [hot = ""] = charges;
      const hotly = await Promise.all(Array.from({ length: CHARGES }, (_, i) => refund(nodes[i % 2 === 0 ? 0 : 1], key, { charge: hot, amount: "300" })));
      assert.deepEqual(new Set(hotly.map(({ status }) => status)), new Set([200, 400]));
      assert.equal(hotly.filter(({ status }) => status === 200).length, 3);
      const each = await Promise.all(charges.slice(1).map((charge, i) => refund(nodes[i % 2 === 0 ? 1 : 0], key, { charge, amount: "1000" }, { "idempotency-key": charge })));
      for (const { status, text } of each) assert.equal(status, 200, text);
      assert.equal(await refundedOf(nodes[0], key, hot), 900);
      const { text, status } = await call(nodes[1], key, { path: "/v1/charges?limit=100" });
      assert.equal(status, 200, text);
      assert.equal(text.match(/"id": "ch_/g)?.length, CHARGES);
      const { refunds } = await prove({ url: through });
      assert.equal(refunds, CHARGES + 2);
    });
  }
});
