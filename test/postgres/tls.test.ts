/** The way to PostgreSQL, encrypted: and who is at its end is asked for as strictly as the address says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openStore } from "../../src/stores/postgres/open.ts";
import { makeCertificate } from "./certificate.ts";
import { freshDatabase, runOn } from "./database.ts";
import { proxyTo } from "./proxy.ts";
import { server } from "./server.ts";

async function withCertificates(context: TestContext): Promise<{ readonly url: string; readonly right: string; readonly wrong: string }> {
  const { url } = await freshDatabase(context);
  const folder = mkdtempSync(join(tmpdir(), "refundry-tls-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const [right, wrong] = [join(folder, "right.pem"), join(folder, "wrong.pem")];
  writeFileSync(right, (await server()).certificate);
  writeFileSync(wrong, makeCertificate({ names: ["localhost"], addresses: ["127.0.0.1"] }).certificate);
  return { url, right, wrong };
}

/** Whether the store's own connections were encrypted, as the server saw it. */
async function isEncrypted(context: TestContext, url: string): Promise<boolean> {
  const name = `tls_${Math.random().toString(36).slice(2)}`;
  const store = await openStore(`${url}${url.includes("?") ? "&" : "?"}application_name=${name}`);
  context.after(() => store.close());
  const rows = await runOn((await server()).url, "select distinct s.ssl from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = $1", [name]);
  assert.equal(rows.length, 1, JSON.stringify(rows));
  return rows[0]?.[0] === true;
}

describe("an address with sslmode", () => {
  it("disable, or none, goes without encryption; require encrypts and asks for no certificate", async (context) => {
    const { url } = await withCertificates(context);
    assert.equal(await isEncrypted(context, url), false);
    assert.equal(await isEncrypted(context, `${url}?sslmode=disable`), false);
    assert.equal(await isEncrypted(context, `${url}?sslmode=require`), true);
  });

  it("verify-full with the server's root certificate is let in, by its name and by its number", async (context) => {
    const { url, right } = await withCertificates(context);
    assert.equal(await isEncrypted(context, `${url}?sslmode=verify-full&sslrootcert=${right}`), true);
    assert.equal(await isEncrypted(context, `${url.replace("127.0.0.1", "localhost")}?sslmode=verify-full&sslrootcert=${right}`), true);
  });

  it("verify-ca, verify-full, and require with a root certificate refuse a server that another has signed", async (context) => {
    const { url, wrong } = await withCertificates(context);
    for (const mode of ["require", "verify-ca", "verify-full"]) {
      await assert.rejects(openStore(`${url}?sslmode=${mode}&sslrootcert=${wrong}`), { name: "CannotOpen", message: /certificate/ }, mode);
    }
    await assert.rejects(openStore(`${url}?sslmode=verify-full`), { name: "CannotOpen", message: /self-signed certificate/ });
  });

  it("verify-full refuses a server whose certificate names another host, and verify-ca lets it in", async (context) => {
    const { url, right } = await withCertificates(context);
    const elsewhere = (await proxyTo(context, url, "127.0.0.2")).url;
    await assert.rejects(openStore(`${elsewhere}?sslmode=verify-full&sslrootcert=${right}`), { name: "CannotOpen", message: /does not match certificate's altnames/ });
    await (await openStore(`${elsewhere}?sslmode=verify-ca&sslrootcert=${right}`)).close();
  });
});
