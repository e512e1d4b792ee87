/** The balance (Stripe's API reference: Balance). */
import { show } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { addUp, balanceObject } from "../objects/balance.ts";
import { booksOf } from "./books.ts";
import { firstPendingDay } from "../objects/settlement.ts";

const retrieveBalance = endpoint({
  method: "GET",
  path: "/v1/balance",
  title: "Retrieve the balance",
  source: "Stripe's API reference: Balance",
  params: {},
  returns: { object: "balance", list: false },
  async run(call) {
    const day = firstPendingDay(call.look.now);
    const books = await Promise.all(booksOf(call).map(({ merchant }) => call.desk.balances.of(merchant, day)));
    return show(call, balanceObject(addUp(books), call.look));
  },
});

export const balanceEndpoints: readonly StripeEndpoint[] = [retrieveBalance];
