/** Brings along what links between a platform's books and its accounts' lead to: a few more reads, and only of payments that a platform has to do with. */
import { merchantOfAccount, receivedOf, transfersOf } from "../../domain/connected.ts";
import { counterpartsOf } from "../../domain/counterparts.ts";
import { refundId, type ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Done } from "../../engine/job.ts";
import type { Reader } from "../../engine/store.ts";
import type { Extras } from "../../engine/views.ts";
import { readerThat } from "./links.ts";
import type { Rows } from "./objects/encode.ts";
import { nameOfPlace, type Place } from "./objects/linked.ts";

/** From a refund to its reversal, to the transfer, and to what that brought. */
const STEPS_MAX = 3;
const BROUGHT: Extras = { refunds: 10, entries: true, attempts: true };

export type Linked = Map<string, Rows>;

/** Reads as `read` does, and puts what the rows lead to into `linked`, and accounts among the profiles. */
export function connectedReader(read: Reader, linked: Linked, profiles: Map<ProfileId, Profile>): Reader {
  const following = readerThat(read, async (_merchant, views) => {
    let rows: readonly Rows[] = views;
    for (let step = 0; step < STEPS_MAX && rows.length > 0; step++) {
      for (const row of rows) keepAt(linked, row);
      await bringAccounts(read, rows, profiles);
      const places = new Map(rows.flatMap(leadsTo).map((place) => [nameOfPlace(place), place]));
      const missing = [...places].flatMap(([name, place]) => (linked.has(name) ? [] : place));
      rows = (await Promise.all(missing.map((place) => bring(read, place)))).flatMap((row) => row ?? []);
    }
    for (const row of rows) keepAt(linked, row);
  });
  return {
    ...following,
    // Whoever looks for an account before it writes shows it, too.
    async profiles(merchant, ids) {
      const rows = await read.profiles(merchant, ids);
      for (const profile of rows) if (profile.kind === "account") profiles.set(profile.id, profile);
      return rows;
    },
  };
}

/** What was changed is newer than what was read before. */
export function linkedBy(done: Done, before: ReadonlyMap<string, Rows>): ReadonlyMap<string, Rows> {
  const linked = new Map(before);
  for (const rows of [done, ...done.elsewhere]) keepAt(linked, rows);
  return linked;
}

function keepAt(linked: Linked, rows: Rows): void {
  const { merchant, id, connect } = rows.payment;
  if (connect === null) return;
  linked.set(nameOfPlace({ merchant, by: "payment", id }), rows);
  if (rows.attempt !== null) linked.set(nameOfPlace({ merchant, by: "attempt", id: rows.attempt.id }), rows);
  if (rows.refund) linked.set(nameOfPlace({ merchant, by: "refund", id: rows.refund.id }), rows);
}

function bring(read: Reader, place: Place): Promise<Rows | null> {
  const { merchant } = place;
  switch (place.by) {
    case "payment":
      return read.payment(merchant, place.id, BROUGHT);
    case "attempt":
      return read.attempt(merchant, place.id, BROUGHT);
    case "refund":
      return read.refund(merchant, place.id, BROUGHT);
  }
}

function leadsTo({ payment, refund }: Rows): Place[] {
  const { connect, id, captureEntry } = payment;
  if (connect === null) return [];
  const { role, platform, account, of } = connect;
  const [transfers, received] = [transfersOf(platform), receivedOf(merchantOfAccount(platform, account))];
  const places: Place[] = [...counterpartsOf(payment)];
  if (of !== null) places.push({ merchant: of.merchant, by: "attempt", id: of.attempt });
  if (role === "received") {
    places.push({ merchant: transfers, by: "payment", id });
    if (payment.feeTaken > 0n && captureEntry !== null) places.push(...counterpartsOf({ ...payment, connect: { ...connect, role: "charge" } }));
  }
  if (!refund) return places;
  if (role === "destination" && refund.reversed !== null) places.push({ merchant: transfers, by: "refund", id: refund.id });
  if (role === "received") places.push({ merchant: transfers, by: "refund", id: refund.id });
  if (role === "transfer") places.push({ merchant: received, by: "refund", id: refund.id });
  if (role === "transfer" && refund.reference !== null) places.push({ merchant: platform, by: "refund", id: refundId(refund.reference) });
  return places;
}

async function bringAccounts(read: Reader, rows: readonly Rows[], profiles: Map<ProfileId, Profile>): Promise<void> {
  const missing = new Map<MerchantId, Set<ProfileId>>();
  for (const { payment: { connect } } of rows) {
    // Cash is a customer's, who is no account.
    if (connect === null || connect.role === "cash" || profiles.has(connect.account)) continue;
    missing.set(connect.platform, (missing.get(connect.platform) ?? new Set()).add(connect.account));
  }
  for (const [platform, ids] of missing) for (const profile of await read.profiles(platform, [...ids])) profiles.set(profile.id, profile);
}
