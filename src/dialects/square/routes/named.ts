/**
 * What payments and refunds name: orders, customers, cards and gift cards, so that each such id leads somewhere (Square's API reference: Orders, Customers,
 * Cards, Gift Cards). None of them is made or changed here.
 */
import { unlinkedOf } from "../../../domain/connected.ts";
import { isPaymentId, isProfileId, isRefundId } from "../../../domain/id.ts";
import type { Reply } from "../../../engine/job.ts";
import { NO_EXTRAS } from "../../../engine/views.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError } from "../errors.ts";
import { giftCardNumber, isGiftCard, orderedBy } from "../ids.ts";
import { paymentOrder, returnOrder } from "../objects/order.ts";
import { wireCard } from "../objects/source.ts";
import type { Answer, ObjectName } from "../shapes/objects.ts";
import { wireTime } from "../times.ts";
import { makeEndpoint, okReply, type Plan } from "./endpoint.ts";

const NOTHING = {};

type Named = { readonly path: string; readonly what: string; readonly object: ObjectName };

function read({ path, what, object }: Named, answer: Plan<object, object>["answer"]): Endpoint {
  return makeEndpoint({
    method: "GET",
    path,
    title: `Retrieve ${what}`,
    source: `Square's API reference: ${object}`,
    returns: { object, list: false },
    pathParameter: `The ${what}'s id.`,
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    answer,
  });
}

function missing(what: string, id: string): Reply {
  return errorReply([squareError("NOT_FOUND", DETAIL.namedNotFound(what, id))]);
}

/** The order of a payment or of a refund; one that its payment's maker named is kept elsewhere, and not found here. */
export function getOrder(desk: Desk): Endpoint {
  const named = { path: "/v2/orders/:order_id", what: "order", object: "Order" } as const;
  return read(named, async ({ request: { merchant }, id }) => {
    const of = orderedBy(id);
    if (of === null) return missing(named.what, id);
    const payment = isPaymentId(of) ? await desk.read.payment(merchant, of, NO_EXTRAS) : null;
    if (payment !== null) return okReply({ order: paymentOrder(payment) });
    const find = (book: typeof merchant) => (isRefundId(of) ? desk.read.refund(book, of, NO_EXTRAS) : null);
    const refund = (await find(merchant)) ?? (await find(unlinkedOf(merchant)));
    return refund === null ? missing(named.what, id) : okReply({ order: returnOrder(refund, merchant) });
  });
}

export function getCustomer(desk: Desk): Endpoint {
  const named = { path: "/v2/customers/:customer_id", what: "customer", object: "Customer" } as const;
  return read(named, async ({ request: { merchant }, id }) => {
    const [customer] = isProfileId(id) ? await desk.read.profiles(merchant, [id]) : [];
    if (customer?.kind !== "customer" || customer.state === "deleted") return missing(named.what, id);
    const { createdAt, updatedAt, version, email } = customer;
    const answer: Answer<"Customer"> = { id, created_at: wireTime(createdAt), updated_at: wireTime(updatedAt), email_address: email ?? undefined, version };
    return okReply({ customer: answer });
  });
}

/** The sandbox's cards on file are everybody's. */
export function getCard(desk: Desk): Endpoint {
  const named = { path: "/v2/cards/:card_id", what: "card", object: "Card" } as const;
  return read(named, ({ request: { merchant }, id }) => {
    const card = id.startsWith("ccof:") ? desk.processor.keep(id)?.instrument : undefined;
    if (card?.kind !== "card") return missing(named.what, id);
    const answer: Answer<"Card"> = { id, ...wireCard(card), merchant_id: merchant, enabled: true };
    return okReply({ card: answer });
  });
}

export function getGiftCard(): Endpoint {
  const named = { path: "/v2/gift-cards/:id", what: "gift card", object: "GiftCard" } as const;
  return read(named, ({ id }) => {
    if (!isGiftCard(id)) return errorReply([squareError("NOT_FOUND", DETAIL.giftCardNotFound(id))]);
    const answer: Answer<"GiftCard"> = { id, type: "DIGITAL", gan_source: "SQUARE", state: "ACTIVE", gan: giftCardNumber(id) };
    return okReply({ gift_card: answer });
  });
}
