/** What a refund takes in PostgreSQL: bytes in each table and its indexes, bytes of log, and time; and what foreign keys would cost. */
import { randomBytes } from "node:crypto";
import { openStore } from "../src/stores/postgres/open.ts";
import { runOn } from "../test/postgres/database.ts";
import { startPostgres } from "../test/postgres/server.ts";
import { table } from "../src/doors/cli/table.ts";
import { fillBook } from "./fill-book.ts";
import { refundEach } from "./refund-each.ts";

const KEY = "sk_test_footprint";
const PAYMENTS = Number(process.argv[2] ?? 50_000);
const ROUNDS = 3;
const CAPTURED = 1_000n;
const SETTINGS = ["shared_buffers=512MB", "max_wal_size=8GB"];

/** As they would be, had each row its payment looked for by the database. */
const FOREIGN_KEYS = ["attempt", "refund", "journal_entry", "event"].map(
  (name) => `alter table ${name} add constraint ${name}_of_payment foreign key (merchant, payment_id) references payment (merchant, id)`,
);

const SIZES = "select relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid) from pg_stat_user_tables order by relname";
const LOG = "select pg_current_wal_lsn() - '0/0'";

type Sizes = ReadonlyMap<string, readonly [rows: number, heap: number, indexes: number]>;

async function sizesOf(url: string): Promise<Sizes> {
  await runOn(url, "vacuum (analyze)");
  return new Map((await runOn(url, SIZES)).map(([name, ...numbers]) => [String(name), [Number(numbers[0]), Number(numbers[1]), Number(numbers[2])]]));
}

/** Refunds a second, and what they left. */
async function measure(server: string, withForeignKeys: boolean) {
  const name = `footprint_${randomBytes(4).toString("hex")}`;
  await runOn(server, `create database ${name} template template0`);
  const url = server.replace(/postgres$/, name);
  const { payments } = await fillBook({ database: url, key: KEY, payments: PAYMENTS, refundsEach: 0, captured: CAPTURED });
  if (withForeignKeys) await runOn(url, FOREIGN_KEYS.join("; "));
  const before = await sizesOf(url);
  // From here on each page is written whole into the log once more, as after every checkpoint.
  await runOn(url, "checkpoint");
  const logBefore = Number((await runOn(url, LOG))[0]?.[0]);
  const store = await openStore(url);
  const refundsPerSecond = payments.length / (await refundEach(store, KEY, payments));
  await store.close();
  const log = Number((await runOn(url, LOG))[0]?.[0]) - logBefore;
  const after = await sizesOf(url);
  await runOn(server, `drop database ${name} with (force)`);
  return { refundsPerSecond, log: log / PAYMENTS, before, after };
}

const server = await startPostgres(SETTINGS);
try {
  const [plain, keyed]: [number[], number[]] = [[], []];
  let first: Awaited<ReturnType<typeof measure>> | null = null;
  for (let round = 0; round < ROUNDS; round++) {
    const one = await measure(server.url, false);
    first ??= one;
    plain.push(Math.round(one.refundsPerSecond));
    keyed.push(Math.round((await measure(server.url, true)).refundsPerSecond));
  }
  if (first !== null) {
    const rows = [...first.after].flatMap(([name, [count, heap, indexes]]) => {
      const [countBefore, heapBefore, indexesBefore] = first?.before.get(name) ?? [0, 0, 0];
      const each = (now: number, then: number) => Math.round((now - then) / PAYMENTS);
      return heap === heapBefore ? [] : [[name, ((count - countBefore) / PAYMENTS).toFixed(2), each(heap, heapBefore), each(indexes, indexesBefore)]];
    });
    console.log(table([["for each refund", "rows", "bytes in the table", "bytes in indexes"], ...rows]));
    console.log(`log: ${Math.round(first.log)} bytes for each refund, from a checkpoint on`);
  }
  console.log(`refunds a second, batches of 512 one after the other: ${plain.join(", ")}; with foreign keys: ${keyed.join(", ")}`);
} finally {
  await server.stop();
}
