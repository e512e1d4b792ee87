/** Every question that a SQL store answers with a list, as the statement that its lister makes of it: each must be read straight off an index. */
import { present } from "../../src/base/assert.ts";
import { eventId, profileId, type ProfileId } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import type { AttemptQuery, DisputeQuery, EventQuery, Page, PaymentQuery, ProfileQuery, RefundQuery } from "../../src/engine/views.ts";
import { ACME, Maker, START } from "./making.ts";

type Lister<Query, Made> = (merchant: MerchantId, query: Query) => Made;

export type Listers<Made> = {
  readonly listPayments: Lister<PaymentQuery, Made>;
  readonly listAttempts: Lister<AttemptQuery, Made>;
  readonly listRefunds: Lister<RefundQuery, Made>;
  readonly listDisputes: Lister<DisputeQuery, Made>;
  readonly listProfiles: Lister<ProfileQuery, Made>;
  readonly listEvents: Lister<EventQuery, Made>;
};

export function* listings<Made>(listers: Listers<Made>): Generator<Made> {
  const { listPayments, listAttempts, listRefunds, listDisputes, listEvents } = listers;
  const { payment, attempt } = new Maker().take();
  const { id: attemptId } = present(attempt, "the attempt");
  for (const order of ["newest", "oldest"] as const) {
    const page = { order, after: payment.id, from: START, until: START + 1, limit: 10 };
    for (const yes of [false, true]) {
      yield listPayments(ACME, { page, intent: yes });
      yield listAttempts(ACME, { page, paymentId: null, processed: yes });
      yield listAttempts(ACME, { page, paymentId: payment.id, processed: yes });
    }
    for (const paymentId of [null, payment.id]) yield listDisputes(ACME, { page, paymentId });
    yield listEvents(ACME, { page, of: null });
    for (const id of [null, eventId(payment.id)]) yield listEvents(ACME, { page, of: { paymentId: payment.id, kinds: ["payment.funded", "refund.created"], id } });
    yield* ofProfiles(listers, page, profileId(payment.id));
    const plain: RefundQuery = { page, paymentId: null, attemptId: null, states: null, instruments: null, updated: null };
    const changed = { from: START, until: START + 1, after: START };
    yield listRefunds(ACME, plain);
    yield listRefunds(ACME, { ...plain, paymentId: payment.id });
    yield listRefunds(ACME, { ...plain, paymentId: payment.id, states: ["pending", "succeeded"] });
    yield listRefunds(ACME, { ...plain, attemptId });
    yield listRefunds(ACME, { ...plain, states: ["pending", "failed"] });
    yield listRefunds(ACME, { ...plain, instruments: ["cash"] });
    yield listRefunds(ACME, { ...plain, updated: { ...changed, sort: false } });
    yield listRefunds(ACME, { ...plain, updated: { ...changed, sort: true } });
    yield listRefunds(ACME, { ...plain, states: ["pending"], updated: { ...changed, sort: true } });
  }
}

function* ofProfiles<Made>({ listPayments, listAttempts, listProfiles }: Listers<Made>, page: Page, customer: ProfileId): Generator<Made> {
  yield listPayments(ACME, { page, intent: true, customer });
  yield listAttempts(ACME, { page, paymentId: null, processed: true, customer });
  yield listProfiles(ACME, { page, of: "customers", email: null });
  yield listProfiles(ACME, { page, of: "customers", email: "a@example.com" });
  yield listProfiles(ACME, { page, of: "accounts" });
  yield listProfiles(ACME, { page, of: "instruments", owner: customer, type: null });
  yield listProfiles(ACME, { page, of: "instruments", owner: customer, type: "card" });
}
