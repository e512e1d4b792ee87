/** `refundry demo`: each contract once, through the official SDKs and through the curl of the reference, then the proof. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Book, Store } from "../../engine/store.ts";
import { DEMO_KEY } from "./program.ts";
import { readConfig, type ServerConfig } from "./config.ts";
import { printVerification } from "./verify.ts";

export type DemoParts = {
  readonly startServer: (parts: { readonly store: Store; readonly config: ServerConfig; readonly halt: (error: Error) => void }) => Promise<{ readonly port: number; readonly stop: () => Promise<void> }>;
  readonly openStore: (folder: string) => Store;
  readonly openBook: (folder: string) => Book & { close(): void };
};

/** Resolves to the exit code. */
export async function runDemo({ startServer, openStore, openBook }: DemoParts): Promise<number> {
  const sdks = await loadSdks();
  if (sdks === null) {
    console.error("The demo drives the official SDKs, and they are not installed here. In a checkout `npm ci` brings them; elsewhere: npm install stripe square");
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), "refundry-demo-"));
  const config = readConfig({ port: "0", host: "127.0.0.1", data: folder, keys: "open" }, {});
  if ("mistake" in config) throw new Error(config.mistake);
  const server = await startServer({
    store: openStore(folder),
    config,
    halt(error) {
      throw error;
    },
  });
  try {
    console.log(`A server on http://127.0.0.1:${server.port}, its book in ${folder}\n`);
    await reportRefund(sdks, server.port);
    await refundCharge(sdks, server.port);
    await refundSquarePayment(sdks, server.port);
    await server.stop();
    console.log(heading("The proof"));
    return await printVerification(openBook(folder), { data: folder, json: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function loadSdks() {
  try {
    const [{ Stripe }, { SquareClient }] = await Promise.all([import("stripe"), import("square")]);
    return { Stripe, SquareClient };
  } catch {
    return null;
  }
}

type Sdks = NonNullable<Awaited<ReturnType<typeof loadSdks>>>;

function stripeClient({ Stripe }: Sdks, port: number) {
  return new Stripe(DEMO_KEY, { host: "127.0.0.1", port, protocol: "http", telemetry: false });
}

/** Contract 1: a payment that was made elsewhere, and its refund, reported by the curl of the reference. */
async function reportRefund(sdks: Sdks, port: number): Promise<void> {
  console.log(heading("1. Stripe: report a refund on a Payment Record"));
  const stripe = stripeClient(sdks, port);
  const record = await step("stripe.paymentRecords.reportPayment({ amount_requested: { currency: 'usd', value: 1000 }, outcome: 'guaranteed', … })", () =>
    stripe.paymentRecords.reportPayment({
      amount_requested: { currency: "usd", value: 1_000 },
      initiated_at: 1_730_211_360,
      outcome: "guaranteed",
      guaranteed: { guaranteed_at: 1_730_211_363 },
      customer_presence: "on_session",
      description: "computer software",
      payment_method_details: { type: "custom", custom: { display_name: "newpay", type: "cpmt_125kjj3hn3sdf" }, payment_method: "pm_5j23kjksibjlks" },
      processor_details: { type: "custom", custom: { payment_reference: "npp2358872734k" } },
    }),
  );
  const fields = [
    "processor_details[type]=custom",
    "processor_details[custom][refund_reference]=refund_12345",
    "outcome=refunded",
    "refunded[refunded_at]=1730253453",
    "amount[currency]=usd",
    "amount[value]=1000",
    "initiated_at=1730253450",
  ];
  await curl([`http://127.0.0.1:${port}/v1/payment_records/${record.id}/report_refund`, "-u", `${DEMO_KEY}:`, ...fields.flatMap((field) => ["-d", field])]);
}

/** Contract 2: a charge, refunded in parts until nothing is left; and what the next refund hears. */
async function refundCharge(sdks: Sdks, port: number): Promise<void> {
  console.log(heading("2. Stripe: refund a charge"));
  const stripe = stripeClient(sdks, port);
  const charge = await step("stripe.charges.create({ amount: 1000, currency: 'usd', source: 'tok_visa' })", () =>
    stripe.charges.create({ amount: 1_000, currency: "usd", source: "tok_visa" }),
  );
  await step("stripe.refunds.create({ charge, amount: 300 })", () => stripe.refunds.create({ charge: charge.id, amount: 300 }));
  const url = `http://127.0.0.1:${port}/v1/charges/${charge.id}/refund`;
  await curl(["-X", "POST", url, "-u", `${DEMO_KEY}:`]);
  await curl(["-X", "POST", url, "-u", `${DEMO_KEY}:`]);
}

/** Contract 3: a Square payment with an application fee, a refund of its share, and the documented refund. */
async function refundSquarePayment({ SquareClient }: Sdks, port: number): Promise<void> {
  console.log(heading("3. Square: RefundPayment"));
  const square = new SquareClient({ token: DEMO_KEY, baseUrl: `http://127.0.0.1:${port}` });
  const { payment } = await step("square.payments.create({ sourceId: 'cnon:card-nonce-ok', amountMoney: 1400 USD, appFeeMoney: 14 USD })", () =>
    square.payments.create({
      sourceId: "cnon:card-nonce-ok",
      idempotencyKey: "demo-payment",
      amountMoney: { amount: 1_400n, currency: "USD" },
      appFeeMoney: { amount: 14n, currency: "USD" },
    }),
  );
  const paymentId = payment?.id ?? "";
  await step("square.refunds.refundPayment({ paymentId, amountMoney: 400 USD, reason: 'Example' })", () =>
    square.refunds.refundPayment({ idempotencyKey: "demo-refund", paymentId, amountMoney: { amount: 400n, currency: "USD" }, reason: "Example" }),
  );
  const body = { amount_money: { amount: 1_000, currency: "USD" }, app_fee_money: { amount: 10, currency: "USD" }, idempotency_key: "9b7f2dcf-49da-4411-b23e-a2d6af21333a", payment_id: paymentId, reason: "Example" };
  const json = ["-H", "Content-Type: application/json", "-d", JSON.stringify(body)];
  await curl([`http://127.0.0.1:${port}/v2/refunds`, "-H", `Authorization: Bearer ${DEMO_KEY}`, ...json]);
}

async function step<T>(asked: string, act: () => Promise<T>): Promise<T> {
  console.log(`> ${asked}`);
  const answer = await act();
  console.log(indent(JSON.stringify(answer, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value), 2)));
  return answer;
}

/** Runs curl beside us: the server it calls is in this process, so nothing here may wait without letting it work. */
async function curl(args: readonly string[]): Promise<void> {
  console.log(`> curl ${args.map(quote).join(" ")}`);
  const said = await new Promise<string>((resolve) => {
    execFile("curl", ["-sS", ...args], (error, stdout, stderr) => {
      const absent = error !== null && "code" in error && error.code === "ENOENT";
      resolve(absent ? "(curl is not installed here: copy the line to where it is)" : stdout + stderr);
    });
  });
  console.log(indent(said));
}

function quote(arg: string): string {
  return /^[\w:/.@=-]+$/.test(arg) ? arg : `'${arg}'`;
}

function indent(text: string): string {
  return `${text.trimEnd().replaceAll(/^/gm, "  ")}\n`;
}

function heading(text: string): string {
  return `${text}\n${"─".repeat(text.length)}`;
}
