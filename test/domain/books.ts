/** Several books at once, decided by the kernel alone: what a platform and its accounts do to one another's payments. */
import assert from "node:assert/strict";
import { auditPayment, type Dossier, type Finding } from "../../src/domain/audit.ts";
import type { Found } from "../../src/domain/change-payment.ts";
import type { FeeReturn, RefundStart, TakePayment } from "../../src/domain/command.ts";
import { alongsideCapture, sendTransfer } from "../../src/domain/connect-capture.ts";
import { withCounterparts } from "../../src/domain/connect-refund.ts";
import { merchantOfAccount, type Connect } from "../../src/domain/connected.ts";
import type { Counterpart } from "../../src/domain/counterparts.ts";
import { profileId, type RefundId } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import type { Moment } from "../../src/domain/moment.ts";
import type { Accepted, Outcome } from "../../src/domain/outcome.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { refundPayment } from "../../src/domain/refund-payment.ts";
import type { Refund } from "../../src/domain/refund.ts";
import { takePayment } from "../../src/domain/take-payment.ts";
import { NOBODY, NOBODY_KNOWN } from "../../src/domain/whose.ts";
import { approved, byToken, MERCHANT, moments, refundOf, USD } from "./life.ts";

export const PLATFORM = MERCHANT;
export const ACCOUNT = profileId("A".repeat(24));
export const CONNECTED = merchantOfAccount(PLATFORM, ACCOUNT);

export function connectOf(role: Connect["role"], more: Partial<Connect> = {}): Connect {
  return { role, platform: PLATFORM, account: ACCOUNT, transfer: null, fee: 0n, of: null, group: null, ...more };
}

type Kept = { -readonly [Name in keyof Dossier]: Dossier[Name] extends readonly (infer Row)[] ? Row[] : Dossier[Name] };

export class Books {
  readonly #kept = new Map<string, Kept>();
  readonly #moments: () => Moment = moments();

  charge(merchant: MerchantId, { connect, fee = 0n, amount = 1000n }: { readonly connect: Connect; readonly fee?: bigint; readonly amount?: bigint }): Outcome {
    const command: TakePayment = { kind: "take_payment", intent: false, money: { amount, currency: USD }, tender: byToken(), whose: NOBODY, fee, connect, reference: null, notes: {}, attemptNotes: {} };
    const moment = this.#moments();
    const outcome = takePayment(command, { merchant, authorization: approved(), known: NOBODY_KNOWN, moment });
    return this.#apply(outcome.accepted ? { ...outcome, elsewhere: alongsideCapture(outcome, moment) } : outcome);
  }

  transfer(amount: bigint): Outcome {
    return this.#apply(sendTransfer({ kind: "send_transfer", connect: connectOf("transfer"), money: { amount, currency: USD }, notes: {} }, this.#moments()));
  }

  refund({ merchant, id }: Pick<Payment, "merchant" | "id">, { fee, reversesTransfer, start, amount }: { readonly fee?: FeeReturn; readonly reversesTransfer?: boolean; readonly start?: RefundStart; readonly amount?: bigint } = {}): Outcome {
    const moment = this.#moments();
    const asked = refundOf({ ...(fee === undefined ? {} : { fee }), ...(reversesTransfer === undefined ? {} : { reversesTransfer }), ...(amount === undefined ? {} : { amount }) });
    const command = { ...asked, target: { by: "payment", id, as: "any" } as const };
    const outcome = refundPayment(command, this.#found({ merchant, by: "payment", id }), { moment, start });
    return this.#apply(outcome.accepted ? withCounterparts(command, outcome, { find: (one) => this.#found(one), moment }) : outcome);
  }

  payment(merchant: MerchantId, id: string): Payment {
    return this.#dossier(merchant, id).payment;
  }

  refundIn(merchant: MerchantId, id: RefundId): Refund | undefined {
    return this.#all(merchant).flatMap(({ refunds }) => refunds).find((refund) => refund.id === id);
  }

  all(merchant: MerchantId): Payment[] {
    return this.#all(merchant).map(({ payment }) => payment);
  }

  findings(): Finding[] {
    return [...this.#kept.values()].flatMap((kept) => auditPayment(kept));
  }

  dossiers(): readonly Dossier[] {
    return [...this.#kept.values()];
  }

  #all(merchant: MerchantId): Kept[] {
    return [...this.#kept.values()].filter(({ payment }) => payment.merchant === merchant);
  }

  #dossier(merchant: MerchantId, id: string): Kept {
    const kept = this.#kept.get(`${merchant}/${id}`);
    assert.ok(kept !== undefined, `${merchant} has no payment ${id}`);
    return kept;
  }

  #found({ merchant, by, id }: Counterpart): Found {
    const kept = by === "payment" ? this.#dossier(merchant, id) : this.#all(merchant).find(({ attempts }) => attempts.some((attempt) => attempt.id === id));
    assert.ok(kept !== undefined, `${merchant} has no ${by} ${id}`);
    return { payment: kept.payment, attempt: kept.attempts.find((attempt) => attempt.id === kept.payment.latestAttempt) ?? null };
  }

  #apply(outcome: Outcome): Outcome {
    if (outcome.accepted) this.#keep(outcome);
    return outcome;
  }

  #keep(done: Accepted): void {
    const { payment, attempt, refund, entry, event, elsewhere } = done;
    const name = `${payment.merchant}/${payment.id}`;
    const kept: Kept = this.#kept.get(name) ?? { payment, attempts: [], refunds: [], disputes: [], entries: [], events: [] };
    this.#kept.set(name, kept);
    kept.payment = payment;
    if (attempt !== null) kept.attempts = [...kept.attempts.filter(({ id }) => id !== attempt.id), attempt];
    if (refund !== null) kept.refunds = [...kept.refunds.filter(({ id }) => id !== refund.id), refund];
    if (entry !== null) kept.entries.push(entry);
    kept.events.push(event);
    for (const one of elsewhere) this.#keep(one);
  }
}
