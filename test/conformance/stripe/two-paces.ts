/** Two servers: on one things that happen later happen at once, on the other they do not happen while a test runs. */
import { after } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openDesk, type StripeDesk } from "./desk.ts";

export type TwoPaces = { readonly quickServer: TestServer; readonly stillServer: TestServer; readonly quick: StripeDesk; readonly still: StripeDesk };

/** Both are stopped when the file's tests have ended. */
export async function openTwoPaces(): Promise<TwoPaces> {
  const quickServer = await startTestServer({ flags: { sandboxDelay: "0" } });
  const stillServer = await startTestServer();
  after(async () => {
    await quickServer.stop();
    await stillServer.stop();
  });
  return { quickServer, stillServer, quick: openDesk(quickServer), still: openDesk(stillServer) };
}
