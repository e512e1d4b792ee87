/**
 * Held by the compiler alone: what the encoders return is, once the SDK has renamed its members, what the SDK's types say, and has no member that
 * those do not know.
 */
import type { Square } from "square";
import type { Answer } from "../../src/dialects/square/shapes/objects.ts";

/** `card_payment_timeline` as `cardPaymentTimeline`, `last_4` as `last4`. */
type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name;

/** As the SDK hands it on: every whole number is a bigint. Which codes of currencies and countries there are the shapes do not tell, and of errors the SDK does not know all. */
type Read<T> = T extends readonly (infer Item)[] ? Read<Item>[] : T extends number ? bigint : T extends object ? { [Name in keyof T as Name extends string ? Camel<Name> : never]: Name extends "currency" | "country" | "code" ? never : Read<Exclude<T[Name], undefined>> } : T;

/** The names of members, at any depth, that the SDK's type does not know. What it leaves open, such as the parts of a fee, may have any. */
type Unknown<Ours, Theirs> = unknown extends Theirs
  ? never
  : Ours extends readonly (infer Item)[]
    ? Theirs extends readonly (infer Their)[] ? Unknown<Item, Their> : never
    : Ours extends object
      ? { [Name in keyof Ours]: Name extends keyof Theirs ? Unknown<Ours[Name], Exclude<Theirs[Name], null | undefined>> : Name }[keyof Ours]
      : never;

/** Compiles only for `true`. */
type Held<T extends true> = T;
type Is<Ours, Theirs> = Ours extends Theirs ? ([Unknown<Ours, Theirs>] extends [never] ? true : Unknown<Ours, Theirs>) : false;

/** The whole payment is built here by hand: what may be left out is there, since it is the harder case. */
type Whole<T> = T extends readonly (infer Item)[] ? Whole<Item>[] : T extends object ? { [Name in keyof T]-?: Whole<Exclude<T[Name], undefined>> } : T;

export type Answers = [
  Held<Is<Read<Whole<Answer<"Payment">>>, Square.Payment>>,
  Held<Is<Read<Whole<Answer<"PaymentRefund">>>, Square.PaymentRefund>>,
  Held<Is<Read<Whole<Answer<"Location">>>, Square.Location>>,
  Held<Is<Read<Whole<Answer<"WebhookSubscription">>>, Square.WebhookSubscription>>,
  Held<Is<Read<Whole<Answer<"WebhookSignatureKey">>>, Square.UpdateWebhookSubscriptionSignatureKeyResponse>>,
  Held<Is<Read<Whole<Answer<"WebhookEventTypes">>>, Square.ListWebhookEventTypesResponse>>,
  // Its status is a number in the SDK's type, which hands every whole number on as a bigint.
  Held<Is<Read<Whole<Omit<Answer<"WebhookTestResult">, "subscription_test_result" | "status_code">>>, Square.TestWebhookSubscriptionResponse>>,
  // The payload is a text in the reference, and an object in the SDK's type, which says of itself that the API answers otherwise.
  Held<Is<Read<Whole<Omit<Answer<"WebhookTestResult">["subscription_test_result"], "payload" | "status_code">>>, Square.SubscriptionTestResult>>,
];
