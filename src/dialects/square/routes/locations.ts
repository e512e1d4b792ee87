/** Locations: every merchant has one (Square's API reference: CreatePayment: a payment's location is the main one by default). */
import type { Currency } from "../../../domain/currency.ts";
import type { Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError } from "../errors.ts";
import { locationOf } from "../ids.ts";
import { locationObject } from "../objects/location.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

const MAIN = "main";
const NOTHING = {};

export function listLocations(currency: Currency): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/locations",
    title: "List locations",
    source: "Square's API reference: Locations",
    returns: { object: "Location", list: true },
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    answer: ({ request }) => okReply({ locations: [locationObject(request.merchant, currency)] }),
  });
}

export function getLocation(currency: Currency): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/locations/:location_id",
    title: "Get location",
    source: "Square's API reference: Locations",
    returns: { object: "Location", list: false },
    pathParameter: "The location's id, or `main`.",
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    answer: ({ request, id }) =>
      id === MAIN || id === locationOf(request.merchant)
        ? okReply({ location: locationObject(request.merchant, currency) })
        : errorReply([squareError("NOT_FOUND", DETAIL.locationNotFound(id))]),
  });
}
