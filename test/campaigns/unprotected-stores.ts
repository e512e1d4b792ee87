/** Stores with one protection taken out, for the controls: a campaign that does not see them fail proves nothing. */
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { Attempt, Payment } from "../../src/domain/payment.ts";
import type { Changes, LoadedRows, Needs, Store } from "../../src/engine/store.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";

const NOTHING: Changes = {
  newPayments: [],
  changedPayments: [],
  newAttempts: [],
  changedAttempts: [],
  newRefunds: [],
  changedRefunds: [],
  newDisputes: [],
  changedDisputes: [],
  newEntries: [],
  newEvents: [],
  newPasts: [],
  newNotices: [],
  newProfiles: [],
  changedProfiles: [],
  newKeys: [],
};

type Transact = Store["transact"];

/** All of the store but its way to write. */
export function withTransact(store: Store, transact: Transact): Store {
  return {
    lanes: store.lanes,
    outbox: store.outbox,
    transact,
    payment: (...asked) => store.payment(...asked),
    attempt: (...asked) => store.attempt(...asked),
    refund: (...asked) => store.refund(...asked),
    payments: (...asked) => store.payments(...asked),
    attempts: (...asked) => store.attempts(...asked),
    refunds: (...asked) => store.refunds(...asked),
    dispute: (...asked) => store.dispute(...asked),
    disputes: (...asked) => store.disputes(...asked),
    profiles: (...asked) => store.profiles(...asked),
    listProfiles: (...asked) => store.listProfiles(...asked),
    events: (...asked) => store.events(...asked),
    told: (...asked) => store.told(...asked),
    reply: (ref) => store.reply(ref),
    entry: (...asked) => store.entry(...asked),
    entries: (...asked) => store.entries(...asked),
    sumEntries: (...asked) => store.sumEntries(...asked),
    horizon: () => store.horizon(),
    merchantOfKey: (keyHash) => store.merchantOfKey(keyHash),
    addKey: (...key) => store.addKey(...key),
    due: (...asked) => store.due(...asked),
    ping: () => store.ping(),
    dangers: () => store.dangers(),
    close: () => store.close(),
  };
}

/** Acknowledges first and commits so much later. The next batch waits for that, so that only a crash can tell. */
export function committingLate(store: Store, millis: number): Store {
  let saving: Promise<void> = Promise.resolve();
  return withTransact(store, async (needs, decide) => {
    await saving;
    let decided = NOTHING;
    await store.transact(needs, (rows) => {
      decided = decide(rows);
      return NOTHING;
    });
    saving = delay(millis).then(() => store.transact({ payments: [], profiles: [], keys: [] }, () => decided));
  });
}

/** Keeps the money and forgets under which key it was moved. */
export function forgettingKeys(store: Store): Store {
  return withTransact(store, (needs, decide) => store.transact(needs, (rows) => ({ ...decide(rows), newKeys: [] })));
}

/** Loads outside any transaction and saves whatever was decided upon: no lock, no version, no constraint. */
export function withoutGuards(): Store {
  const payments = new Map<string, Payment>();
  const attempts = new Map<string, Attempt>();
  const unread = () => Promise.reject(new Error("this store is only written"));
  return {
    lanes: 1,
    outbox: openMemoryStore().outbox,
    async transact(needs, decide) {
      const rows = load(needs, { payments, attempts });
      await nextTurn();
      const { newPayments, changedPayments, newAttempts, changedAttempts } = decide(rows);
      for (const payment of [...newPayments, ...changedPayments.map((change) => change.payment)]) payments.set(payment.id, payment);
      for (const attempt of [...newAttempts, ...changedAttempts]) attempts.set(attempt.id, attempt);
    },
    payment: unread,
    attempt: unread,
    refund: unread,
    payments: unread,
    attempts: unread,
    refunds: unread,
    dispute: unread,
    disputes: unread,
    profiles: unread,
    listProfiles: unread,
    events: unread,
    told: unread,
    reply: unread,
    entry: unread,
    entries: unread,
    sumEntries: unread,
    horizon: unread,
    merchantOfKey: () => Promise.resolve(null),
    addKey: () => Promise.resolve(),
    due: () => Promise.resolve([]),
    ping: () => Promise.resolve(),
    dangers: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

function load(needs: Needs, rows: { readonly payments: ReadonlyMap<string, Payment>; readonly attempts: ReadonlyMap<string, Attempt> }): LoadedRows {
  // A payment and its first attempt share one id, and these campaigns make no second.
  const ids = new Set<string>(needs.payments.map(({ id }) => id));
  return {
    payments: [...ids].flatMap((id) => rows.payments.get(id) ?? []),
    attempts: [...ids].flatMap((id) => rows.attempts.get(id) ?? []),
    namedRefunds: [],
    namedDisputes: [],
    refunds: [],
    entries: [],
    profiles: [],
    keys: [],
  };
}
