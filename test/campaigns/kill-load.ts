/** The load under which a server is killed, and the caller's own ledger of what was asked and what was answered. */
import { at, paymentBody, requests, type Answered, type Client, type Sent } from "./client.ts";

export type Dialect = "stripe" | "square";

/** One write, sent under a key of its own. */
export type Write = {
  readonly dialect: Dialect;
  readonly sent: Sent;
  /** Null for the payment itself. */
  readonly refundOf: string | null;
  readonly amount: number;
  answer: Answered | null;
};

const WORKERS = 16;
const CAPTURED = 100;
const PARTS = [10, 20, 30, 40];

const UNAVAILABLE = [429, 503];

/** Sends one write; null ends the worker that asked for it. */
export type Send = (write: Write) => Promise<Answered | null>;

/** Takes payments and refunds them in parts, through both dialects and every door in turn, until a server is gone. */
export async function load(clients: readonly Client[], round: string): Promise<Write[]> {
  const ledger: Write[] = [];
  let turn = 0;
  await runWorkers(round, async (write) => {
    ledger.push(write);
    turn += 1;
    return sendOnce(clients[turn % clients.length], write);
  });
  return ledger;
}

export async function runWorkers(round: string, send: Send): Promise<void> {
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(`${round}-${worker}`, send)));
}

async function work(name: string, send: Send): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `${name}-${i}`;
    const dialect = i % 2 === 0 ? "stripe" : "square";
    const taken = await send({ dialect, refundOf: null, amount: CAPTURED, sent: payment(dialect, key), answer: null });
    if (taken === null) return;
    // A lock that a killed node still holds: nothing was done, and the next payment is another.
    if (UNAVAILABLE.includes(taken.status)) continue;
    const body = paymentBody(taken);
    for (const [part, amount] of PARTS.entries()) {
      const by = (i + part) % 2 === 0 ? "stripe" : "square";
      const answer = await send({ dialect: by, refundOf: body, amount, sent: refund(by, body, amount, `${key}-${part}`), answer: null });
      if (answer === null) return;
    }
  }
}

/** What was answered, or null when no answer came. */
async function sendOnce(client: Client | undefined, write: Write): Promise<Answered | null> {
  try {
    write.answer = (await client?.send(write.sent)) ?? null;
  } catch {
    // The server was killed: nobody knows what became of it until the same key is sent again.
  }
  return write.answer;
}

function payment(dialect: Dialect, key: string): Sent {
  return dialect === "stripe" ? requests.charge(CAPTURED, key) : requests.squarePayment(CAPTURED, key);
}

function refund(dialect: Dialect, body: string, amount: number, key: string): Sent {
  return dialect === "stripe" ? requests.refund(body, amount, key) : requests.squareRefund(body, amount, key);
}

/** The id body of the refund that an answer tells of. */
export function refundBody({ text }: Answered): string {
  const id = at(text, "refund", "id") ?? at(text, "id");
  return typeof id === "string" ? id.replace(/^re_/, "") : "";
}
