import { test, after } from "node:test";
import { startTestServer } from "../../test-server.ts";
import { chargeOf, intentOf, openDesk } from "./desk.ts";
const server = await startTestServer();
after(() => server.stop());
test("x", async () => {
  const desk = openDesk(server);
  const c = await chargeOf(desk);
  await desk.stripe.refunds.create({ charge: c.id, amount: 300 });
  await intentOf(desk);
  const { data } = await desk.stripe.events.list();
  console.log(data.map((e) => [e.id, e.type]), JSON.stringify(data[2], null, 1));
});
