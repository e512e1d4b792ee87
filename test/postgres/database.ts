/** A database of its own for each who asks, on the server of this run; it is gone after the test. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { postgresUrl } from "./server.ts";

export type Database = {
  readonly url: string;
  /** As with psql, by somebody who may do everything. */
  readonly run: (sql: string, values?: readonly unknown[]) => Promise<unknown[][]>;
};

type Context = { after(work: () => Promise<void>): void };

export async function freshDatabase(context: Context): Promise<Database> {
  const server = await postgresUrl();
  const name = `test_${randomBytes(8).toString("hex")}`;
  // A copy of the bare template: nothing that anybody else may have put into the usual one.
  await runOn(server, `create database ${name} template template0`);
  context.after(async () => {
    await runOn(server, `drop database ${name} with (force)`);
  });
  const address = new URL(server);
  address.pathname = name;
  return { url: address.href, run: (sql, values) => runOn(address.href, sql, values) };
}

export async function runOn(url: string, sql: string, values?: readonly unknown[]): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query<unknown[]>({ text: sql, rowMode: "array", ...(values === undefined ? {} : { values: [...values] }) });
    return Array.isArray(result.rows) ? result.rows : [];
  } finally {
    await client.end();
  }
}
