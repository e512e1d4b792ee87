/** Somebody who listens: a subscription, and all that it is told of what stands in the book, in the order in which it is told. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { present } from "../../../src/base/assert.ts";
import { isProfileId } from "../../../src/domain/id.ts";
import { isMerchantId, type MerchantId } from "../../../src/domain/merchant.ts";
import type { Delivery, TryProblem } from "../../../src/engine/outbox.ts";
import type { Store } from "../../../src/engine/store.ts";
import type { Post, Teller } from "../../../src/engine/teller.ts";
import { withId, type Shop } from "./shop.ts";

const ALL = ["payment.created", "payment.updated", "refund.created", "refund.updated"];
const LETTERS_MAX = 1_000;
const WAIT_MS_MAX = 10_000;

export type Letter = { readonly type: string; readonly post: Post; readonly json: unknown };

export type Listener = {
  readonly id: string;
  readonly url: string;
  readonly key: string;
  /** As each would be posted the first time, or after so many tries. */
  readonly letters: (tries?: { readonly tries: number; readonly lastProblem: TryProblem | null }) => Promise<readonly Letter[]>;
};

export async function listen(shop: Shop, { store, teller, types = ALL }: { readonly store: Store; readonly teller: Teller; readonly types?: string[] }): Promise<Listener> {
  // Nobody listens there: what is told is read where it waits.
  const url = "http://127.0.0.1:9/hooks?of=square";
  const { subscription } = await shop.square.webhooks.subscriptions.create({ subscription: { name: "All of it", eventTypes: types, notificationUrl: url } });
  const { id, signatureKey: key } = withId(subscription);
  const { location } = await shop.square.locations.get({ locationId: "main" });
  const name = location?.merchantId ?? "";
  const merchant = present(isMerchantId(name) ? name : null, "the merchant");
  const body = id.replace("wbhk_", "");
  const endpointId = present(isProfileId(body) ? body : null, "the endpoint's id");
  return {
    id,
    url,
    key: present(key, "the key"),
    async letters({ tries, lastProblem } = { tries: 0, lastProblem: null }) {
      const endpoint = present((await store.profiles(merchant, [endpointId]))[0], "the endpoint");
      const letters: Letter[] = [];
      await sortedOut(store, merchant);
      const deliveries = await store.outbox.deliveries(merchant, { endpoint: endpointId, event: null, state: null, before: null, limit: LETTERS_MAX });
      for (const sorted of deliveries.toReversed()) {
        const told = present((await store.told([{ merchant: sorted.book, id: sorted.event }], teller.refunds))[0], "what is told");
        if (!teller.hears(endpoint, sorted, { merchant, account: sorted.account })) continue;
        const delivery: Delivery = { ...sorted, createdAt: told.event.createdAt, tries };
        const post = present(teller.post(endpoint, { told, delivery, lastProblem, now: Date.now() }), "a post");
        const json: unknown = JSON.parse(post.body);
        letters.push({ type: sorted.type, post, json });
      }
      return letters;
    },
  };
}

/** The server's courier takes notices away as it makes deliveries of them. */
async function sortedOut(store: Store, merchant: MerchantId): Promise<void> {
  for (const end = Date.now() + WAIT_MS_MAX; (await store.outbox.notices(merchant, 1)).length > 0; await delay(5)) assert.ok(Date.now() < end, "notices are not sorted out");
}

export function typesOf(letters: readonly Letter[]): string[] {
  return letters.map(({ type }) => type);
}

/** A member of a JSON value, by its path. */
export function at(json: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    assert.ok(typeof value === "object" && value !== null, `${path.join(".")} leads nowhere`);
    return Object.entries(value).find(([key]) => key === name)?.[1];
  }, json);
}
