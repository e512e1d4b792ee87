/** The balance (Stripe's API reference: Balance). */
import { show } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { balanceObject } from "../objects/balance.ts";
import { firstPendingDay } from "../objects/settlement.ts";

const retrieveBalance = endpoint({
  method: "GET",
  path: "/v1/balance",
  title: "Retrieve the balance",
  source: "Stripe's API reference: Balance",
  params: {},
  returns: { object: "balance", list: false },
  async run(call) {
    return show(call, balanceObject(await call.desk.balances.of(call.merchant, firstPendingDay(call.look.now)), call.look));
  },
});

export const balanceEndpoints: readonly StripeEndpoint[] = [retrieveBalance];
