/** How Stripe's events come to endpoints (Stripe's documentation: webhooks). */
import type { Millis } from "../../domain/id.ts";
import type { Mode } from "../../domain/merchant.ts";
import { isEnabled, secretsOf, urlOf } from "../../engine/endpoint.ts";
import type { Teller } from "../../engine/teller.ts";
import type { Desk } from "../../engine/wire.ts";
import { tellingsOf } from "./event-types.ts";
import { note } from "./objects/details.ts";
import { eventObject } from "./objects/event.ts";
import { API_VERSION, enabledEvents, hearsAccounts } from "./objects/webhook-endpoint.ts";
import { present } from "../../base/assert.ts";
import { newSecret, signature } from "./signature.ts";
import { toldName } from "./told-names.ts";
import { DEFAULT_VERSION } from "./versions.ts";

/** What endpoints know Stripe by. */
const USER_AGENT = "Stripe/1.0 (+https://stripe.com/docs/webhooks)";
const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const PATIENCE: Millis = 30_000;

/** Three days in all. Stripe publishes the span, and not the waits in it. */
const LIVE: readonly Millis[] = [5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR];
/** Three tries over a few hours. */
const TEST: readonly Millis[] = [30 * MINUTE, 2 * HOUR];

export function stripeTeller({ vault, processor }: Pick<Desk, "vault" | "processor">): Teller {
  return {
    // Whatever changes later is no part of what is told: of a payment's other refunds none is shown.
    refunds: 0,
    patience: PATIENCE,
    newSecret,
    tell: tellingsOf,
    hears: (endpoint, { type }, { account }) => isEnabled(endpoint) && hearsAccounts(endpoint) === (account !== null) && asksFor(enabledEvents(endpoint), type),
    waits: (mode: Mode) => (mode === "live" ? LIVE : TEST),
    post(endpoint, { told, delivery, now }) {
      const secrets = vault === null ? [] : secretsOf(endpoint, vault, now);
      if (secrets.length === 0) return null;
      const type = present(toldName(delivery.type), `an event's type, and not ${delivery.type}`);
      const apiVersion = note(endpoint.notes, API_VERSION) ?? DEFAULT_VERSION;
      const object = eventObject(told, { part: delivery.part, type, apiVersion, account: delivery.account, pendingWebhooks: delivery.endpoints }, processor);
      const body = JSON.stringify(object, null, 2);
      const headers = { "user-agent": USER_AGENT, "content-type": "application/json; charset=utf-8", "stripe-signature": signature(body, { secrets, now }) };
      return { url: urlOf(endpoint), headers, body };
    },
  };
}

function asksFor(enabled: readonly string[], type: string): boolean {
  return enabled.includes("*") || enabled.includes(type);
}
