/** What is sent to endpoints, and what is listed, for tests: the server's own teller makes every byte, and nothing goes over a network. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { present } from "../../../src/base/assert.ts";
import type { MerchantId } from "../../../src/domain/merchant.ts";
import { openSandbox } from "../../../src/engine/keys.ts";
import type { Delivery } from "../../../src/engine/outbox.ts";
import type { Store } from "../../../src/engine/store.ts";
import type { Post, Teller } from "../../../src/engine/teller.ts";
import type { Dialect } from "../../../src/engine/wire.ts";
import { openMemoryStore } from "../../../src/stores/memory/store.ts";
import { startTestServer, type TestServer } from "../../test-server.ts";
import type { StripeDesk } from "./desk.ts";

export type Sent = { readonly delivery: Delivery; readonly post: Post };
export type Hearing = { readonly server: TestServer; readonly store: Store; readonly teller: Teller; readonly send: (desk: StripeDesk) => Promise<Sent[]> };

const NOTICES_MAX = 1_000;

export async function startHearing(): Promise<Hearing> {
  const store = openMemoryStore();
  const tellers: Teller[] = [];
  const around = (dialect: Dialect): Dialect => {
    if (dialect.name === "stripe" && dialect.teller !== undefined) tellers.push(dialect.teller);
    return dialect;
  };
  const server = await startTestServer({ flags: { webhooks: "off" }, store, around });
  const teller = present(tellers[0], "Stripe's teller");
  return { server, store, teller, send: (desk) => sendAll(store, teller, desk) };
}

export async function merchantOf({ key }: StripeDesk): Promise<MerchantId> {
  return present(await openSandbox().merchantOf(key), "the merchant of a key");
}

/** Sorts out what the merchant is to be told, and makes what would be sent, in order. */
async function sendAll(store: Store, teller: Teller, desk: StripeDesk): Promise<Sent[]> {
  const merchant = await merchantOf(desk);
  const page = { order: "oldest", after: null, from: null, until: null, limit: NOTICES_MAX } as const;
  const endpoints = await store.listProfiles(merchant, { page, of: "endpoints", dialect: "stripe" });
  const notices = await store.outbox.notices(merchant, NOTICES_MAX);
  const sent: Sent[] = [];
  for (const { hearer, book, event } of notices) {
    const told = present((await store.told([{ merchant: book, id: event }], teller.refunds))[0], "an event that is told of");
    for (const telling of teller.tell(told)) {
      const hear = endpoints.filter((endpoint) => teller.hears(endpoint, telling, hearer));
      for (const endpoint of hear) {
        const now = Date.now();
        const delivery: Delivery = { merchant, endpoint: endpoint.id, event, part: telling.part, book, account: hearer.account, type: telling.type, createdAt: told.event.createdAt, endpoints: hear.length, state: "waiting", tries: 0, due: now };
        sent.push({ delivery, post: present(teller.post(endpoint, { told, delivery, lastProblem: null, now }), "what is sent") });
      }
    }
  }
  await store.outbox.sortOut(notices, sent.map(({ delivery }) => delivery));
  return sent;
}

/** The event in what was sent, if it is signed with that secret. */
export function heard({ stripe }: StripeDesk, { body, headers }: Post, secret: string | undefined, now?: number): Stripe.Event {
  return stripe.webhooks.constructEvent(body, present(headers["stripe-signature"], "a signature"), present(secret, "a secret"), undefined, undefined, now);
}

/** All events that are listed, oldest first. */
export async function eventsOf({ stripe }: StripeDesk, options: Stripe.RequestOptions = {}): Promise<Stripe.Event[]> {
  return (await stripe.events.list({ limit: 100 }, options).autoPagingToArray({ limit: 1_000 })).toReversed();
}

export async function typesOf(desk: StripeDesk, options: Stripe.RequestOptions = {}): Promise<string[]> {
  return (await eventsOf(desk, options)).map(({ type }) => type);
}

const WAIT_MS_MAX = 5_000;

/** The types once there are so many: what happens later has happened then. */
export async function typesOnce(desk: StripeDesk, last: string): Promise<string[]> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await delay(5)) {
    const types = await typesOf(desk);
    if (types.at(-1) === last) return types;
  }
  return assert.fail(`${last} is not told: ${(await typesOf(desk)).join(", ")}`);
}
