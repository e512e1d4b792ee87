/** What the API document says of this API as a whole. */
import type { ApiDescription } from "../../engine/api-description.ts";
import { answerShape, ERROR, OBJECTS } from "./shapes.ts";

export const nativeApi: ApiDescription = {
  title: "Refundry: its own API",
  about: "What neither vendor's API has a place for: the events of the book in its own words, and how they were told. All parameters are in the query, and one that is not named here is refused.",
  version: "1",
  body: "json",
  closed: true,
  timestamp: { type: "string", format: "date-time", description: "RFC 3339." },
  blank: () => null,
  headers: [],
  security: { bearer: { type: "http", scheme: "bearer", description: "The secret key." }, basic: { type: "http", scheme: "basic", description: "The secret key as the user, without a password." } },
  objects: OBJECTS,
  answer: answerShape,
  error: ERROR,
};
