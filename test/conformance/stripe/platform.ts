/** A platform with one account of its own, anew for each test of a file. */
import { after, before, beforeEach } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openDesk, type StripeDesk } from "./desk.ts";

export type Platform = {
  readonly desk: StripeDesk;
  readonly account: string;
  /** Acts on the account's own book. */
  readonly on: { readonly stripeAccount: string };
  /** A desk with a key of its own. */
  readonly another: () => StripeDesk;
};

/** All on one server; `sandboxDelay` as the command line takes it. */
export function eachOnPlatform(sandboxDelay: string, take: (platform: Platform) => void): void {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ flags: { sandboxDelay } });
  });
  after(() => server.stop());
  beforeEach(async () => {
    const desk = openDesk(server);
    const { id } = await desk.stripe.accounts.create({});
    take({ desk, account: id, on: { stripeAccount: id }, another: () => openDesk(server) });
  });
}
