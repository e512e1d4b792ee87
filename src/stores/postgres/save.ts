/** Saves what a batch changed: one statement for each table, whatever the number of rows. Every guard of the book stands behind them. */
import type { Payment } from "../../domain/payment.ts";
import { profilesNamedBy } from "../../engine/named-profiles.ts";
import type { Changes, StoredReply } from "../../engine/store.ts";
import {
  attemptChange, attemptRow, disputeChange, disputeRow, entryRow, isOnlyRefunded, paymentChange, paymentRow, profileChange, profileRow, refundChange, refundedChange, refundRow, replyRow,
} from "../../engine/rows.ts";
import { eventRow } from "../../engine/event-rows.ts";
import { bulk, columnsOf } from "./bulk.ts";
import type { Statement } from "./connection.ts";
import { compare, namesOf } from "./load.ts";
import * as statements from "./statements.ts";

/** Parents before children, and names that two nodes could write at once in one order, so that none waits for one that waits for it. */
export function saving(changes: Changes): Statement[] {
  const refunded = changes.changedPayments.filter(({ payment, loaded }) => isOnlyRefunded(payment, loaded));
  const changed = changes.changedPayments.filter(({ payment, loaded }) => !isOnlyRefunded(payment, loaded));
  return [
    ...bulk(statements.ADD_PROFILES, changes.newProfiles.map(profileRow)),
    ...bulk(statements.CHANGE_PROFILES, changes.changedProfiles.map(({ profile, loaded }) => profileChange(profile, loaded.version)), changes.changedProfiles.length),
    ...expectingProfiles(changes),
    ...bulk(statements.ADD_PAYMENTS, changes.newPayments.toSorted(byId).map(paymentRow)),
    ...bulk(statements.CHANGE_REFUNDED, refunded.map(({ payment, loaded }) => refundedChange(payment, loaded.version)), refunded.length),
    ...bulk(statements.CHANGE_PAYMENTS, changed.map(({ payment, loaded }) => paymentChange(payment, loaded.version)), changed.length),
    ...expecting(changes),
    ...bulk(statements.ADD_ATTEMPTS, changes.newAttempts.map(attemptRow)),
    ...bulk(statements.CHANGE_ATTEMPTS, changes.changedAttempts.map(attemptChange), changes.changedAttempts.length),
    ...bulk(statements.ADD_REFUNDS, changes.newRefunds.map(refundRow)),
    ...bulk(statements.CHANGE_REFUNDS, changes.changedRefunds.map(refundChange), changes.changedRefunds.length),
    ...bulk(statements.ADD_DISPUTES, changes.newDisputes.map(disputeRow)),
    ...bulk(statements.CHANGE_DISPUTES, changes.changedDisputes.map(disputeChange), changes.changedDisputes.length),
    ...bulk(statements.ADD_ENTRIES, changes.newEntries.map(entryRow)),
    ...bulk(statements.ADD_EVENTS, changes.newEvents.map(eventRow)),
    ...bulk(statements.ADD_REPLIES, changes.newKeys.toSorted(byName).map(replyRow)),
  ];
}

/** Rows of payments that this batch neither adds nor changes: whether those are there is asked once for all of them. */
function expecting(changes: Changes): Statement[] {
  const written = new Set([...changes.newPayments, ...changes.changedPayments.map(({ payment }) => payment)].map((payment) => `${payment.merchant}/${payment.id}`));
  const others = new Map<string, { merchant: string; id: string }>();
  for (const { merchant, paymentId: id } of [...changes.newAttempts, ...changes.newRefunds, ...changes.newDisputes, ...changes.newEntries, ...changes.newEvents]) {
    const name = `${merchant}/${id}`;
    if (!written.has(name)) others.set(name, { merchant, id });
  }
  if (others.size === 0) return [];
  return [{ text: statements.EXPECT_PAYMENTS, values: [...namesOf([...others.values()]), others.size] }];
}

function expectingProfiles(changes: Changes): Statement[] {
  const named = profilesNamedBy(changes).map(({ merchant, id, kind }) => [merchant, id, kind]);
  return named.length === 0 ? [] : [{ text: statements.EXPECT_PROFILES, values: [...columnsOf(named), named.length] }];
}

/** Any order will do that is the same on every node. The first money of a customer may come to two of them. */
function byId(one: Payment, other: Payment): number {
  return compare(one.merchant, other.merchant) || compare(one.id, other.id);
}

/** As with payments. */
function byName(one: StoredReply, other: StoredReply): number {
  return compare(one.merchant, other.merchant) || compare(one.scope, other.scope) || compare(one.key, other.key);
}
