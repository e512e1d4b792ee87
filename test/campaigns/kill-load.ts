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

/** Takes payments and refunds them in parts, through both dialects, until the server is gone. */
export async function load(client: Client, round: string): Promise<Write[]> {
  const ledger: Write[] = [];
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(client, `${round}-${worker}`, ledger)));
  return ledger;
}

async function work(client: Client, name: string, ledger: Write[]): Promise<void> {
  for (let i = 0; ; i++) {
    const key = `${name}-${i}`;
    const dialect = i % 2 === 0 ? "stripe" : "square";
    const taken = await send(client, ledger, { dialect, refundOf: null, amount: CAPTURED, sent: payment(dialect, key) });
    if (taken === null) return;
    const body = paymentBody(taken);
    for (const [part, amount] of PARTS.entries()) {
      const by = (i + part) % 2 === 0 ? "stripe" : "square";
      const answer = await send(client, ledger, { dialect: by, refundOf: body, amount, sent: refund(by, body, amount, `${key}-${part}`) });
      if (answer === null) return;
    }
  }
}

/** What was answered, or null when no answer came. The ledger has the request either way. */
async function send(client: Client, ledger: Write[], asked: Omit<Write, "answer">): Promise<Answered | null> {
  const write: Write = { ...asked, answer: null };
  ledger.push(write);
  try {
    write.answer = await client.send(asked.sent);
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
