/** What the API documents say of Stripe's API as a whole (Stripe's API reference: conventions). */
import type { ApiDescription } from "../../engine/api-description.ts";
import { answerShape, OBJECTS } from "./shapes/objects.ts";
import { PROBLEM } from "./shapes/problem.ts";
import { KEY_MAX } from "./call.ts";
import { TIME_MAX } from "./params.ts";
import { DEFAULT_VERSION, VERSION_FORM } from "./versions.ts";

export const stripeApi: ApiDescription = {
  title: "Refundry: payments and refunds as Stripe's API speaks of them",
  about:
    "Every endpoint of Stripe's API that is served here, made from the declarations that decode the requests. Parameters that are marked `x-unsupported` are known and refused, and any other that is not named here is refused too. With `x-since`, an earlier `Stripe-Version` requires what later ones leave open.",
  version: DEFAULT_VERSION,
  body: "form",
  closed: true,
  timestamp: { type: "integer", format: "unix-time", description: "Seconds since 1970.", minimum: 0, maximum: Number(TIME_MAX) },
  blank: ({ nullable, unsupported }) => (nullable && unsupported === null ? { type: "string", const: "", description: "Takes the value away." } : null),
  headers: [
    {
      name: "Stripe-Version",
      about: `The API version to speak: ${DEFAULT_VERSION} when left out. It is echoed.`,
      schema: { type: "string", pattern: VERSION_FORM.source },
      on: "all",
    },
    {
      name: "Stripe-Account",
      about: "A connected account of yours: the request is about its own book. `Stripe-Context` says the same.",
      schema: { type: "string", pattern: "^acct_[0-9A-Za-z]{24}$" },
      on: "all",
    },
    {
      name: "Idempotency-Key",
      about: "Names this request: sent again with the same parameters it is answered as the first time, and does nothing.",
      schema: { type: "string", maxLength: KEY_MAX, pattern: "^[ -~]*$" },
      on: "writes",
    },
  ],
  security: {
    bearer: { type: "http", scheme: "bearer", description: "The secret key." },
    basic: { type: "http", scheme: "basic", description: "The secret key as the user, without a password." },
  },
  objects: OBJECTS,
  answer: answerShape,
  error: PROBLEM,
};
