/** Changes that no store may save, each past the kernel: what stands behind it must refuse them by itself. */
import { present } from "../../src/base/assert.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import type { Payment } from "../../src/domain/payment.ts";
import type { Refund } from "../../src/domain/refund.ts";
import type { Entry } from "../../src/domain/journal.ts";
import type { Changes } from "../../src/engine/store.ts";
import { addingProfiles, changingProfile, makeCustomer, makeInstrument, ofCustomer } from "./making-profiles.ts";
import { adding, NO_CHANGES, OTHER, refunding, reply, type Maker } from "./making.ts";

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
  {
    refuses: "a refund of no payment",
    make(maker) {
      const unknown = maker.take();
      return { ...NO_CHANGES, newRefunds: [present(maker.refund(unknown, 100n).refund, "it")] };
    },
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
