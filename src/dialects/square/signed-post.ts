/** A notification as it is sent (Square's API reference: webhooks): signed with the newest key, and with the headers that tell of retries. */
import type { Millis } from "../../domain/id.ts";
import { modeOf } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import { sealedSecretOf, urlOf } from "../../engine/endpoint.ts";
import type { TryProblem } from "../../engine/outbox.ts";
import type { Post } from "../../engine/teller.ts";
import type { Vault } from "../../engine/vault.ts";
import { SIGNATURE_HEADER, signatureOf } from "./signature.ts";
import { wireTime } from "./times.ts";

/** So long Square waits for an answer. */
export const PATIENCE: Millis = 10_000;

const USER_AGENT = "Refundry";

const RETRY_REASONS = {
  timeout: "http_timeout",
  status: "http_error",
  tls: "ssl_error",
  address: "other_error",
  connection: "other_error",
} as const satisfies Record<TryProblem, string>;

export type Sending = {
  readonly body: string;
  readonly firstAt: Millis;
  /** How often it was tried before, and what the last of those came to; no problem where it was delivered, and is sent again because somebody asked. */
  readonly tries: number;
  readonly lastProblem: TryProblem | null;
};

/** Null where the key cannot be opened. */
export function signedPost(endpoint: Profile, vault: Vault, { body, firstAt, tries, lastProblem }: Sending): Post | null {
  const url = urlOf(endpoint);
  const key = vault.open(endpoint.merchant, sealedSecretOf(endpoint));
  if (key === null) return null;
  return {
    url,
    headers: {
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      [SIGNATURE_HEADER]: signatureOf({ key, url, body }),
      "square-environment": modeOf(endpoint.merchant) === "live" ? "Production" : "Sandbox",
      "square-initial-delivery-timestamp": wireTime(firstAt),
      ...(tries > 0 ? { "square-retry-number": String(tries) } : {}),
      ...(tries > 0 && lastProblem !== null ? { "square-retry-reason": RETRY_REASONS[lastProblem] } : {}),
    },
    body,
  };
}
