/** What the API documents say of Square's API as a whole (Square's API reference: conventions). */
import type { ApiDescription } from "../../engine/api-description.ts";
import { ERRORS } from "./shapes/errors.ts";
import { answerShape, OBJECTS } from "./shapes/objects.ts";
import { DEFAULT_VERSION } from "./version.ts";

export const squareApi: ApiDescription = {
  title: "Refundry: payments and refunds as Square's API speaks of them",
  about:
    "Every endpoint of Square's API that is served here, made from the declarations that decode the requests. Fields that are marked `x-unsupported` are known and refused; any other that is not named here is passed over. Idempotency keys stand in the body.",
  version: DEFAULT_VERSION,
  body: "json",
  closed: false,
  timestamp: { type: "string", format: "date-time", description: "RFC 3339." },
  // Absent and null are one.
  blank: ({ required }) => (required ? null : { type: "null" }),
  headers: [
    {
      name: "Square-Version",
      about: `The API version to speak, a date: ${DEFAULT_VERSION} when left out. It is echoed, and all versions get the same answers.`,
      schema: { type: "string", format: "date" },
      on: "all",
    },
  ],
  security: {
    bearer: { type: "http", scheme: "bearer", description: "The access token." },
    basic: { type: "http", scheme: "basic", description: "The access token as the user, without a password." },
  },
  objects: OBJECTS,
  answer: answerShape,
  error: ERRORS,
};
