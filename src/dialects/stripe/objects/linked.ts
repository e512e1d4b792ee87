/** Rows of other books that links lead to, as far as they are at hand: those of a charge's fee and transfer, and back. */
import type { AttemptId, PaymentId, ProfileId, RefundId } from "../../../domain/id.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Answer } from "../shapes/objects.ts";
import { accountIdOf } from "../ids.ts";
import { account } from "./account.ts";
import { link, type Look, type Rows } from "./encode.ts";

/** Where a row of another book is. */
export type Place = { readonly merchant: MerchantId } & (
  | { readonly by: "payment"; readonly id: PaymentId }
  | { readonly by: "attempt"; readonly id: AttemptId }
  | { readonly by: "refund"; readonly id: RefundId }
);

export function nameOfPlace({ merchant, by, id }: Place): string {
  return `${merchant}/${by}/${id}`;
}

/** As `link`, where the rows are; the id alone where they are not at hand. */
export function linkTo<T>(look: Look, name: string, to: { readonly id: string; readonly place: Place }, follow: (rows: Rows, look: Look) => T): T | string {
  const rows = look.expand.has(name) ? look.linked.get(nameOfPlace(to.place)) : undefined;
  return rows === undefined ? to.id : link(look, name, to.id, (next) => follow(rows, next));
}

/** Accounts stand among the profiles that were brought along. */
export function accountLink(look: Look, name: string, id: ProfileId): Answer<"account"> | string {
  const profile = look.profiles.get(id);
  return profile === undefined ? accountIdOf(id) : link(look, name, accountIdOf(id), () => account(profile));
}
