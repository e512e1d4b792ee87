/** A receiver of webhooks in both APIs, beside a running Refundry: makes an endpoint in each, a payment and a refund, and prints what it is told once the signature holds. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { SquareClient, WebhooksHelper } from "square";
import { Stripe } from "stripe";

const server = new URL(process.env["REFUNDRY_URL"] ?? "http://127.0.0.1:4242");
const key = process.env["REFUNDRY_KEY"] ?? "sk_test_webhooks_example";
const stripe = new Stripe(key, { host: server.hostname, port: Number(server.port), protocol: "http", telemetry: false });
const square = new SquareClient({ token: key, baseUrl: server.origin });

let stripeSecret = "";
let squareKey = "";
let told = 0;
const EXPECTED = 5;
const WAIT_MS = 5_000;
const all = Promise.withResolvers<void>();

const receiver = createServer((request, response) => void receive(request, response));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // The signature is over the bytes as they came.
  const body = await bytesOf(request);
  try {
    console.log(request.url === "/stripe" ? stripeEvent(body, request) : await squareEvent(body, request));
    response.writeHead(200).end();
    told += 1;
    if (told === EXPECTED) all.resolve();
  } catch (error) {
    console.error("Refused:", error instanceof Error ? error.message : error);
    response.writeHead(400).end();
  }
}

function stripeEvent(body: string, { headers }: IncomingMessage): string {
  const event = stripe.webhooks.constructEvent(body, headers["stripe-signature"] ?? "", stripeSecret);
  return `Stripe  ${event.type.padEnd(20)} ${event.id}`;
}

async function squareEvent(body: string, { headers }: IncomingMessage): Promise<string> {
  const signature = headers["x-square-hmacsha256-signature"];
  const isSquares = await WebhooksHelper.verifySignature({ requestBody: body, signatureHeader: typeof signature === "string" ? signature : "", signatureKey: squareKey, notificationUrl: urlOf("/square") });
  if (!isSquares) throw new Error("the signature does not hold");
  const event: unknown = JSON.parse(body);
  const type = typeof event === "object" && event !== null && "type" in event ? String(event.type) : "";
  return `Square  ${type}`;
}

async function bytesOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function urlOf(path: string): string {
  const address = receiver.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}${path}`;
}

await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
const endpoint = await stripe.webhookEndpoints.create({ url: urlOf("/stripe"), enabled_events: ["charge.succeeded", "charge.refunded", "refund.created"] });
stripeSecret = endpoint.secret ?? "";
const { subscription } = await square.webhooks.subscriptions.create({ subscription: { name: "example", enabled: true, eventTypes: ["payment.created", "refund.created"], notificationUrl: urlOf("/square") } });
squareKey = subscription?.signatureKey ?? "";

const charge = await stripe.charges.create({ amount: 1_000, currency: "usd", source: "tok_visa" });
await stripe.refunds.create({ charge: charge.id, amount: 300 });
await Promise.race([all.promise, delay(WAIT_MS)]);

await stripe.webhookEndpoints.del(endpoint.id);
if (subscription?.id !== undefined) await square.webhooks.subscriptions.delete({ subscriptionId: subscription.id });
receiver.closeAllConnections();
receiver.close();
console.log(`${told} events were told and verified.`);
process.exit(told === EXPECTED ? 0 : 1);
