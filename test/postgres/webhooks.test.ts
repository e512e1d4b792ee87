/** Two nodes tell the events of one book: each once, while both run; and when one stops, the other goes on with what is left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStore } from "../../src/stores/postgres/open.ts";
import { openReceiver } from "../doors/receiver.ts";
import { TellingRoom } from "../doors/telling-room.ts";
import { freshDatabase } from "./database.ts";

const EVENTS = 300;

test("two nodes tell each event once, and what one leaves at its stop the other tells", async (t) => {
  const { url } = await freshDatabase(t);
  const receiver = await openReceiver(t);
  const open = async (node: string) => {
    const room = new TellingRoom(t, { store: await openStore(url), node, patience: 5_000 });
    t.after(() => room.store.close());
    return room;
  };
  const [one, other] = [await open("one"), await open("other")];
  // Both go by one time, as two machines' clocks nearly do.
  one.sources.at = other.sources.at = Date.now();
  await one.listen(receiver.url("/hook"));
  const { payment } = await one.take(100_000n);
  for (let i = 1; i < EVENTS; i++) await (i % 2 === 0 ? one : other).refund(payment.id, 1n);
  one.sources.at = other.sources.at = Date.now() + 60_000;
  let stopped = false;
  for (const end = Date.now() + 60_000; receiver.received.length < EVENTS; ) {
    assert.ok(Date.now() < end, `${receiver.received.length} of ${EVENTS} were told`);
    await Promise.all([stopped ? null : one.courier.look(), other.courier.look()]);
    if (!stopped && receiver.received.length > EVENTS / 3) {
      stopped = true;
      await one.courier.stop();
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await other.courier.settled();
  await other.tell();
  assert.deepEqual([receiver.received.length, new Set(receiver.received.map(({ body }) => body)).size], [EVENTS, EVENTS]);
  assert.deepEqual([one.reports, other.reports], [[], []]);
  await other.courier.stop();
});
