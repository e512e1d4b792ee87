/** The command line on a book in PostgreSQL. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { endChildren, run, startChild } from "../doors/child-server.ts";
import { freshDatabase } from "./database.ts";

after(endChildren);

const CHARGE = new URLSearchParams({ amount: "1000", currency: "usd", source: "tok_visa" });

test("serve, key create and verify work on one database at once, and no password is shown", async (context) => {
  const { url } = await freshDatabase(context);
  const { password } = new URL(url);
  const server = await startChild(["--port", "0", "--database", url, "--keys", "provisioned"]);
  const made = await run(["key", "create", "--json"], { DATABASE_URL: url });
  assert.equal(made.code, 0, made.stderr);
  const key = String(/"key":"(sk_test_\w+)"/.exec(made.stdout)?.[1]);
  const taken = await fetch(`${server.url}/v1/charges`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body: CHARGE });
  assert.equal(taken.status, 200, await taken.text());
  const proof = await run(["verify", "--database", url]);
  assert.equal(proof.code, 0, proof.stderr);
  assert.match(proof.stdout, /payments +1\n.*The book in postgres:\/\/postgres@127\.0\.0\.1:\d+\/\w+ is sound/s);
  assert.equal(await server.end(), 0);
  for (const said of [server.said(), server.complained(), made.stderr, proof.stdout, proof.stderr]) assert.ok(!said.includes(password) && !said.includes(decodeURIComponent(password)), said);
});

test("what is no address, or names two places, ends with 2 and a way out, and shows no password", async () => {
  const mistakes: readonly (readonly [readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
    [["--database", "mysql://root:hidden@host/db"], {}, /^--database is no address of a PostgreSQL\. Give one such as postgres:/],
    [[], { DATABASE_URL: "hidden" }, /^DATABASE_URL is no address of a PostgreSQL/],
    [["--database", "postgres://host/db", "--data", "folder"], {}, /--data and --database are both given/],
    [["--database", "postgres://host/db"], { READ_DATABASE_URL: "hidden" }, /^READ_DATABASE_URL is no address/],
  ];
  for (const [args, env, words] of mistakes) {
    const { code, stderr } = await run(["serve", "--port", "0", ...args], env);
    assert.equal(code, 2, stderr);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /hidden/);
  }
});

test("an address that cannot be read, reached or entered ends with 1 and one sentence that says what to do", async (context) => {
  const { url } = await freshDatabase(context);
  const name = new URL(url).pathname.slice(1);
  const refused: readonly (readonly [string, RegExp])[] = [
    [`${url}?sslmode=maybe`, /its sslmode is 'maybe'\. Give one of/],
    [`${url}?pool=9`, /it has the parameter 'pool', which Refundry does not know/],
    [url.replace(/:\d+\//, ":1/"), /PostgreSQL cannot be reached there\. .*ECONNREFUSED.* Start it, or give another address/],
    [url.replace("127.0.0.1", "no-such-host.invalid"), /PostgreSQL cannot be reached there\./],
    [url.replace(name, "no_such_database"), /it has no such database\. .*createdb/],
    [url.replace(/:[^:@]+@/, ":wrong@"), /it does not let this user in\. .*password/],
  ];
  for (const [address, words] of refused) {
    for (const args of address.includes(":1/") ? [["serve", "--port", "0"], ["verify"], ["key", "create"]] : [["serve", "--port", "0"]]) {
      const { code, stderr } = await run([...args, "--database", address]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, words);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  }
  const empty = await run(["verify", "--database", url]);
  assert.equal(empty.code, 1);
  assert.match(empty.stderr, /^There is no book in .*: it has no table of migrations\./);
});
