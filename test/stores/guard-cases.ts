/** Changes that no store may save, each past the kernel: what stands behind it must refuse them by itself. */
import { present } from "../../src/base/assert.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import { disputeId } from "../../src/domain/id.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { Refund } from "../../src/domain/refund.ts";
import type { Entry } from "../../src/domain/journal.ts";
import type { Changes } from "../../src/engine/store.ts";
import { addingProfiles, changingProfile, makeAccount, makeCustomer, makeInstrument, ofCustomer } from "./making-profiles.ts";
import { adding, disputing, NO_CHANGES, OTHER, refunding, reply, type Maker } from "./making.ts";

export type GuardCase = {
  /** What a store refuses. */
  readonly refuses: string;
  /** `taken` is in the book already, with `refunded`, a refund of 4.00 of it. */
  readonly make: (maker: Maker, taken: Accepted, refunded: Accepted) => Changes;
};

function payments(refuses: string, change: (payment: Payment) => Partial<Payment>): GuardCase {
  return {
    refuses,
    make(_maker, _taken, { payment }) {
      const changed = { ...payment, version: payment.version + 1, ...change(payment) };
      return { ...NO_CHANGES, changedPayments: [{ payment: changed, loaded: payment }] };
    },
  };
}

function refunds(refuses: string, change: Partial<Refund>): GuardCase {
  return {
    refuses,
    make(maker, _taken, refunded) {
      const made = maker.refund(refunded, 100n);
      return { ...refunding(refunded, made), newRefunds: [{ ...present(made.refund, "the refund"), ...change }] };
    },
  };
}

function disputes(refuses: string, change: Partial<Dispute>): GuardCase {
  return {
    refuses,
    make(maker, _taken, refunded) {
      const made = maker.dispute(refunded);
      return { ...disputing(refunded, made), newDisputes: [{ ...present(made.dispute, "the dispute"), ...change }] };
    },
  };
}

const SOME_DISPUTE = disputeId("d".repeat(24));

function entries(refuses: string, change: (entry: Entry, first: Entry) => Partial<Entry>): GuardCase {
  return {
    refuses,
    make(maker, taken, refunded) {
      const made = maker.refund(refunded, 100n);
      const entry = present(made.entry, "the entry");
      return { ...refunding(refunded, made), newEntries: [{ ...entry, ...change(entry, present(taken.entry, "the capture")) }] };
    },
  };
}

/** A refund that is in the book already, changed past the kernel. */
function changes(refuses: string, change: Partial<Refund>): GuardCase {
  return {
    refuses,
    make: (_maker, _taken, { refund }) => ({ ...NO_CHANGES, changedRefunds: [{ ...present(refund, "the refund"), ...change }] }),
  };
}

export const GUARD_CASES: readonly GuardCase[] = [
  payments("more refunded than was captured", ({ captured }) => ({ refunded: captured + 1n })),
  payments("more under way than is left", ({ captured, refunded }) => ({ pending: captured - refunded + 1n })),
  payments("less than nothing refunded", () => ({ refunded: -1n })),
  payments("less than nothing under way", () => ({ pending: -1n })),
  payments("more captured than was authorized", ({ authorized }) => ({ captured: authorized + 1n })),
  payments("more authorized than was asked for", ({ requested }) => ({ authorized: requested + 1n })),
  payments("more fee returned than was taken", ({ feeTaken }) => ({ feeReturned: feeTaken + 1n })),
  payments("less than no fee returned", () => ({ feeReturned: -1n })),
  payments("captured money on a payment that is not captured", () => ({ state: "authorized" })),
  payments("a version of nothing", () => ({ version: 0 })),
  payments("more refunded and charged back than was captured", ({ captured, refunded }) => ({ disputed: captured - refunded + 1n, dispute: "chargeback", disputeId: SOME_DISPUTE })),
  payments("less than nothing charged back", () => ({ disputed: -1n, dispute: "chargeback", disputeId: SOME_DISPUTE })),
  payments("money charged back of a payment that is in no dispute", () => ({ disputed: 1n, disputeId: SOME_DISPUTE })),
  payments("money charged back by no dispute that is named", () => ({ disputed: 1n, dispute: "chargeback" })),
  {
    refuses: "a payment of nothing",
    make(maker) {
      const made = maker.take({ tender: null, intent: true });
      return { ...adding(made), newPayments: [{ ...made.payment, requested: 0n }] };
    },
  },
  { refuses: "a payment that is already there", make: (_maker, taken) => ({ ...NO_CHANGES, newPayments: [taken.payment] }) },
  {
    refuses: "a change to a payment that has changed since",
    make: (maker, taken) => refunding(taken, maker.refund(taken, 100n)),
  },
  {
    refuses: "a second captured attempt",
    make(maker, { payment, attempt }) {
      const other = maker.take().attempt;
      return { ...NO_CHANGES, newAttempts: [{ ...present(attempt, "it"), id: present(other, "another").id, paymentId: payment.id }] };
    },
  },
  {
    refuses: "an attempt at no payment",
    make: (maker) => ({ ...NO_CHANGES, newAttempts: [present(maker.take().attempt, "it")] }),
  },
  {
    refuses: "a change to an attempt that is not there",
    make: (maker) => ({ ...NO_CHANGES, changedAttempts: [present(maker.take().attempt, "it")] }),
  },
  refunds("a refund of nothing", { amount: 0n, feeReturned: 0n }),
  refunds("a refund of less than nothing", { amount: -1n }),
  refunds("a refund that returns less than no fee", { feeReturned: -1n }),
  refunds("a refund that succeeded without an entry", { entryId: null }),
  {
    refuses: "a refund that is already there",
    make: (_maker, _taken, { refund }) => ({ ...NO_CHANGES, newRefunds: [present(refund, "it")] }),
  },
  refunds("a refund that failed with its entry, and without one that undoes it", { state: "failed" }),
  refunds("a reason to fail of a refund that did not", { failure: "expired" }),
  changes("a step back from success", { state: "pending" }),
  changes("a refund that fails and keeps its money", { state: "failed", failure: "expired" }),
  {
    refuses: "a change to a refund that is not there",
    make: (maker, _taken, refunded) => ({ ...NO_CHANGES, changedRefunds: [present(maker.refund(refunded, 1n).refund, "it")] }),
  },
  {
    refuses: "a refund of no payment",
    make(maker) {
      const unknown = maker.take();
      return { ...NO_CHANGES, newRefunds: [present(maker.refund(unknown, 100n).refund, "it")] };
    },
  },
  disputes("a dispute of nothing", { amount: 0n }),
  disputes("a dispute with less than no fee", { fee: -1n }),
  disputes("a chargeback that took nothing", { entryId: null }),
  disputes("an inquiry that took something", { state: "warning_needs_response" }),
  disputes("a dispute that was won without bringing anything back", { state: "won" }),
  {
    refuses: "a dispute that brought the money back and was not won",
    make(maker, taken, refunded) {
      const made = maker.dispute(refunded);
      return { ...disputing(refunded, made), newDisputes: [{ ...present(made.dispute, "it"), reversalEntryId: present(taken.entry, "an entry").id }] };
    },
  },
  {
    refuses: "a second dispute of a payment",
    make(maker, _taken, refunded) {
      const made = maker.dispute(refunded);
      const dispute = present(made.dispute, "it");
      return { ...disputing(refunded, made), newDisputes: [dispute, { ...dispute, id: SOME_DISPUTE }] };
    },
  },
  {
    refuses: "a dispute of no payment",
    make: (maker) => ({ ...NO_CHANGES, newDisputes: [present(maker.dispute(maker.take()).dispute, "it")] }),
  },
  {
    refuses: "a change to a dispute that is not there",
    make: (maker) => ({ ...NO_CHANGES, changedDisputes: [present(maker.dispute(maker.take()).dispute, "it")] }),
  },
  {
    refuses: "a reported reference for the second time",
    make(maker, _taken, refunded) {
      const first = maker.refund(refunded, 100n, { channel: "reported", reference: "R-1" });
      const second = maker.refund(first, 100n, { channel: "reported", reference: "R-1" });
      const both = [first, second].map(({ refund }) => present(refund, "it"));
      return { ...refunding(refunded, second), newRefunds: both };
    },
  },
  entries("an entry without a posting", () => ({ postings: [] })),
  entries("a posting of nothing", () => ({ postings: [{ debit: "sales", credit: "clearing", amount: 0n }] })),
  entries("a posting of less than nothing", () => ({ postings: [{ debit: "sales", credit: "clearing", amount: -1n }] })),
  entries("a posting from an account to itself", () => ({ postings: [{ debit: "sales", credit: "sales", amount: 100n }] })),
  entries("an entry that is already there", (_entry, first) => ({ id: first.id })),
  entries("an entry of a refund that names none", () => ({ refundId: null })),
  entries("an entry of a chargeback that names a refund", () => ({ kind: "chargeback" })),
  {
    refuses: "an entry of no payment",
    make: (maker) => ({ ...NO_CHANGES, newEntries: [present(maker.take().entry, "it")] }),
  },
  {
    refuses: "an event that is already there",
    make: (_maker, { event }) => ({ ...NO_CHANGES, newEvents: [{ ...event, version: 9 }] }),
  },
  { refuses: "an event of no payment", make: (maker) => ({ ...NO_CHANGES, newEvents: [maker.take().event] }) },
  { refuses: "a payment of a customer who is not there", make: (maker) => adding(ofCustomer(maker.take(), makeCustomer(maker))) },
  {
    refuses: "a payment of another merchant's customer",
    make(maker) {
      const stranger = makeCustomer(maker, { merchant: OTHER });
      return { ...adding(ofCustomer(maker.take(), stranger)), newProfiles: [stranger] };
    },
  },
  {
    refuses: "a payment with a customer in place of an instrument",
    make(maker) {
      const customer = makeCustomer(maker);
      return { ...adding(ofCustomer(maker.take(), customer, customer)), newProfiles: [customer] };
    },
  },
  {
    refuses: "an instrument on file for a customer who is not there",
    make: (maker) => addingProfiles(makeInstrument(maker, { owner: makeCustomer(maker) })),
  },
  {
    refuses: "a customer who prefers what is not there",
    make: (maker) => addingProfiles({ ...makeCustomer(maker), preferred: makeInstrument(maker).id }),
  },
  { refuses: "a customer with an instrument of his own", make: (maker) => addingProfiles({ ...makeCustomer(maker), instrument: { kind: "cash" }, token: "cash" }) },
  { refuses: "an account with an email address of a customer", make: (maker) => addingProfiles({ ...makeAccount(maker), email: "a@example.com" }) },
  { refuses: "an instrument without a token", make: (maker) => addingProfiles({ ...makeInstrument(maker), token: null }) },
  {
    refuses: "a profile for the second time",
    make(maker) {
      const customer = makeCustomer(maker);
      return addingProfiles(customer, customer);
    },
  },
  { refuses: "a change to a profile that is not there", make: (maker) => changingProfile(makeCustomer(maker), { email: "a@example.com" }) },
  { refuses: "a reply under a key that has one", make: () => ({ ...NO_CHANGES, newKeys: [reply("first")] }) },
];
