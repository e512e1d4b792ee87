import { assert } from "../../../base/assert.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { DeleteEndpoint, DescribeEndpoint, OpenEndpoint } from "../../../domain/profile-command.ts";
import type { Claim, Reply } from "../../../engine/job.ts";
import type { Desk, WireRequest } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError, subscriptionNotFound } from "../errors.ts";
import { makeClaim } from "../idempotency.ts";
import { okReply } from "./endpoint.ts";
import type { Json } from "../../../base/json.ts";

export type Change = {
  readonly request: WireRequest;
  readonly profile: OpenEndpoint | DescribeEndpoint | DeleteEndpoint;
  readonly claims: readonly Claim[];
  /** The subscription's id as the caller wrote it. */
  readonly asked: string;
  readonly done: (endpoint: Profile) => Json;
};

/** Has a subscription made, changed or deleted, and words what came of it. */
export async function changeSubscription(desk: Desk, { request: { merchant, requestId }, profile, claims, asked, done }: Change): Promise<Reply> {
  const answer = await desk.execute({
    merchant,
    requestId,
    profile,
    claims,
    reply(result) {
      if ("conflict" in result) return errorReply([squareError("IDEMPOTENCY_KEY_REUSED", DETAIL.keyOfOtherRequest, "idempotency_key")]);
      if ("done" in result) return okReply(done(result.done.profile));
      assert(result.refusal.code === "endpoint_not_found", `a subscription is refused with ${result.refusal.code}`);
      return errorReply([subscriptionNotFound(asked)]);
    },
  });
  return answer.reply;
}

/** None where the caller gave no key, which may be left out here. */
export function claimsOf(scope: string, { path }: WireRequest, body: { readonly idempotency_key: string | null }): readonly Claim[] {
  return body.idempotency_key === null ? [] : [makeClaim(scope, body.idempotency_key, path, { amount: null, body })];
}
