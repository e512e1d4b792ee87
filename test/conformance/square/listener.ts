/** Somebody who listens: a subscription, and all that it is told of what stands in the book, in the order in which it is told. */
import assert from "node:assert/strict";
import { present } from "../../../src/base/assert.ts";
import { isProfileId } from "../../../src/domain/id.ts";
import { isMerchantId } from "../../../src/domain/merchant.ts";
import type { Delivery, TryProblem } from "../../../src/engine/outbox.ts";
import type { Store } from "../../../src/engine/store.ts";
import type { Post, Teller } from "../../../src/engine/teller.ts";
import { withId, type Shop } from "./shop.ts";

const ALL = ["payment.created", "payment.updated", "refund.created", "refund.updated"];
const NOTICES_MAX = 1_000;

export type Letter = { readonly type: string; readonly post: Post; readonly json: unknown };

export type Listener = {
  readonly id: string;
  readonly url: string;
  readonly key: string;
  /** As each would be posted the first time, or after so many tries. */
  readonly letters: (tries?: { readonly tries: number; readonly lastProblem: TryProblem | null }) => Promise<readonly Letter[]>;
};

export async function listen(shop: Shop, { store, teller, types = ALL }: { readonly store: Store; readonly teller: Teller; readonly types?: string[] }): Promise<Listener> {
  const url = "https://example.com/hooks?of=square";
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
      for (const { hearer, book, event } of await store.outbox.notices(merchant, NOTICES_MAX)) {
        const told = present((await store.told([{ merchant: book, id: event }], teller.refunds))[0], "what is told");
        for (const telling of teller.tell(told)) {
          if (!teller.hears(endpoint, telling, hearer)) continue;
          const delivery: Delivery = { merchant, endpoint: endpointId, event, ...telling, book, account: hearer.account, createdAt: told.event.createdAt, endpoints: 1, state: "waiting", tries, due: null };
          const post = present(teller.post(endpoint, { told, delivery, lastProblem, now: Date.now() }), "a post");
          const json: unknown = JSON.parse(post.body);
          letters.push({ type: telling.type, post, json });
        }
      }
      return letters;
    },
  };
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
