/** Which endpoints are told what of an event: each API's own events, to those of its endpoints that asked for them. */
import type { Millis } from "../../domain/id.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Delivery, Notice } from "../../engine/outbox.ts";
import type { Teller } from "../../engine/teller.ts";
import type { Told } from "../../engine/views.ts";

export type Sorting = {
  /** The hearer's endpoints, of every API. */
  readonly endpoints: readonly Profile[];
  readonly tellers: ReadonlyMap<string, Teller>;
  readonly now: Millis;
};

/** Due at once, in the order of their events. */
export function sortOut({ hearer, book, event }: Notice, told: Told, { endpoints, tellers, now }: Sorting): Delivery[] {
  const deliveries: Delivery[] = [];
  for (const [dialect, teller] of tellers) {
    const own = endpoints.filter((endpoint) => endpoint.dialect === dialect);
    if (own.length === 0) continue;
    for (const telling of teller.tell(told)) {
      const hearing = own.filter((endpoint) => teller.hears(endpoint, telling, hearer));
      for (const endpoint of hearing) {
        deliveries.push({
          merchant: hearer.merchant, endpoint: endpoint.id, event, part: telling.part, book, account: hearer.account, type: telling.type, createdAt: now,
          endpoints: hearing.length, state: "waiting", tries: 0, due: now,
        });
      }
    }
  }
  return deliveries;
}
