/** Balances over every store: what was added up piece by piece is what a plain sum over the whole journal gives. */
import assert from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { currency } from "../../src/domain/currency.ts";
import type { Entry } from "../../src/domain/journal.ts";
import { isProcessed, movementOf } from "../../src/domain/movement.ts";
import { Balances, type Balance } from "../../src/engine/balances.ts";
import type { Changes, Store } from "../../src/engine/store.ts";
import { DAY_MS } from "../../src/engine/views.ts";
import { ACME, adding, Maker, NO_NEEDS, OTHER, refunding, START, USD } from "./making.ts";

const DAY = Math.floor(START / DAY_MS);
const HOUR_MS = 3_600_000;
const EUR = present(currency("EUR"), "the euro");

export async function balancesTest(store: Store): Promise<void> {
  const maker = new Maker();
  const balances = new Balances(store, () => maker.sources.at);
  const entries: Entry[] = [];
  assert.deepEqual(plain(await balances.of(ACME, DAY)), plainOf([], DAY));
  for (let i = 0; i < 12; i++) {
    maker.sources.at = START + Math.floor(i / 3) * 5 * DAY_MS;
    const taken = i % 3 === 2 ? maker.report({ kind: "cash" }) : maker.take({ fee: 70n, currency: i === 4 ? EUR : USD });
    const refunded = maker.refund(taken, 300n);
    for (const changes of [adding(taken), refunding(taken, refunded), adding(maker.take({ merchant: OTHER }))]) {
      await save(store, changes);
      entries.push(...changes.newEntries.filter(({ merchant }) => merchant === ACME));
      // Days are asked for as they go by, and whatever went before them is one sum.
      const day = Math.floor(maker.sources.at / DAY_MS) - 1;
      for (const asked of [day, day + 1]) assert.deepEqual(plain(await balances.of(ACME, asked)), plainOf(entries, asked));
      assert.deepEqual(await new Balances(store, () => maker.sources.at).of(ACME, day), await balances.of(ACME, day));
    }
  }
  assert.deepEqual([...(await balances.of(ACME, DAY)).before.keys()], [EUR, USD]);
}

/** Each that asks hears of all that was acknowledged before it asked, though another's reading is under way. */
export async function balancesAtOnceTest(store: Store): Promise<void> {
  const maker = new Maker();
  const balances = new Balances(store, () => maker.sources.at);
  const asked: Promise<void>[] = [];
  for (let i = 1; i <= 30; i++) {
    await save(store, adding(maker.take({ fee: 0n })));
    const least = BigInt(i) * 1_000n;
    const ask = async () => {
      const { since } = await balances.of(ACME, DAY);
      assert.ok((since.get(USD) ?? 0n) >= least, `${since.get(USD) ?? 0n} of ${least}`);
    };
    asked.push(ask(), ask());
  }
  await Promise.all(asked);
  assert.equal((await balances.of(ACME, DAY)).since.get(USD), 30_000n);
}

/** An earlier server's clock was an hour ahead; what this one writes is dated before what that one did. */
export async function balancesAfterClockTest(store: Store): Promise<void> {
  const [earlier, maker] = [new Maker(), new Maker()];
  earlier.sources.at = START + HOUR_MS;
  await save(store, adding(earlier.take({ fee: 0n })));
  // Several servers date by their book's clock, and not by their own.
  if ((await store.horizon()) !== null) return;
  const balances = new Balances(store, () => maker.sources.at);
  for (let i = 1; i <= 130; i++) {
    assert.equal((await balances.of(ACME, DAY)).since.get(USD), BigInt(i) * 1_000n);
    maker.sources.at = START + i * 60_000;
    await save(store, adding(maker.take({ fee: 0n })));
  }
}

/** However long the journal is: others have their turn between its pages. */
export async function balancesYieldTest(store: Store): Promise<void> {
  const maker = new Maker();
  const COUNT = 25_000;
  const taken = maker.take({ fee: 0n });
  const entry = present(taken.entry, "an entry");
  const many = Array.from({ length: COUNT }, (_, i) => ({ ...entry, id: i === 0 ? entry.id : present(maker.take().entry, "an entry").id }));
  await save(store, { ...adding(taken), newEntries: many });
  let [turns, done] = [0, false];
  const count = () => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  const balances = new Balances(store, () => START + DAY_MS);
  assert.equal((await balances.of(ACME, DAY)).since.get(USD), BigInt(COUNT) * 1_000n);
  done = true;
  assert.ok(turns >= 3, `${turns} turns`);
}

type Plain = { readonly before: [string, bigint][]; readonly since: [string, bigint][] };

function plain({ before, since }: Balance): Plain {
  return { before: [...before], since: [...since] };
}

function plainOf(entries: readonly Entry[], day: number): Plain {
  const sum = (isIn: (entry: Entry) => boolean) =>
    [EUR, USD].flatMap((of): [string, bigint][] => {
      const own = entries.filter((entry) => entry.currency === of && isProcessed(entry));
      return own.length === 0 ? [] : [[of, own.filter(isIn).reduce((total, entry) => total + movementOf(entry).net, 0n)]];
    });
  return { before: sum(({ createdAt }) => createdAt < day * DAY_MS), since: sum(({ createdAt }) => createdAt >= day * DAY_MS) };
}

async function save(store: Store, changes: Changes): Promise<void> {
  await store.transact(NO_NEEDS, () => changes);
}
