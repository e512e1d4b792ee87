/**
 * The load generator, in a process of its own: prepared bytes over raw kept-alive sockets, one request under way on each.
 * It does no more than a client must, since on a small machine a generator that works hard slows what it measures.
 */
import { connect, type Socket } from "node:net";
import { makeRequests, type Case } from "./requests.ts";

export type Load = {
  /** Of one server, or of several nodes on one book: the connections go to them in turn. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly what: Case;
  readonly apiKey: string;
  readonly ids: readonly string[];
  readonly run: string;
  /** So many requests are made; `again` starts anew when all are sent. */
  readonly count: number;
  readonly again: boolean;
  /** Null sends all of them. */
  readonly seconds: number | null;
  readonly warmUpSeconds: number;
};

export type Measured = {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
  readonly firstFailure: string | null;
  /** How long each tenth of the answers took to come in, in seconds. */
  readonly tenths: readonly number[];
};

const HEAD_END = Buffer.from("\r\n\r\n");

type Turn = {
  /** The next request to be sent, or null when there is none. */
  readonly next: () => Buffer | null;
  readonly answered: (millis: number, answer: Buffer) => void;
  readonly ended: () => void;
};

/** One connection: sends, waits for the whole answer, and sends the next. */
function open(port: number, { next, answered, ended }: Turn): void {
  const socket: Socket = connect(port, "127.0.0.1");
  let held: Buffer = Buffer.alloc(0);
  let sentAt = 0;
  socket.setNoDelay(true);
  const send = () => {
    const request = next();
    if (request === null) {
      socket.end();
      return ended();
    }
    sentAt = performance.now();
    socket.write(request);
  };
  socket.on("connect", send);
  socket.on("error", (error) => {
    throw error;
  });
  socket.on("data", (part: Buffer) => {
    held = held.length === 0 ? part : Buffer.concat([held, part]);
    const length = lengthOf(held);
    if (length === null || held.length < length) return;
    answered(performance.now() - sentAt, held);
    held = Buffer.alloc(0);
    send();
  });
}

/** Of the whole answer; null while its head is not there. */
function lengthOf(answer: Buffer): number | null {
  const end = answer.indexOf(HEAD_END);
  if (end < 0) return null;
  const length = /content-length: (\d+)/i.exec(answer.toString("latin1", 0, end))?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${answer.toString("latin1", 0, end)}`);
  return end + HEAD_END.length + Number(length);
}

function run(load: Load): Promise<Measured> {
  const requests = makeRequests(load.what, load.apiKey, load.ids, load.count, load.run);
  const times: number[] = [];
  const arrivals: number[] = [];
  let [sent, under, failures] = [0, load.connections, 0];
  let firstFailure: string | null = null;
  const began = performance.now();
  const countFrom = began + load.warmUpSeconds * 1_000;
  const until = load.seconds === null ? Infinity : countFrom + load.seconds * 1_000;
  return new Promise((resolve) => {
    const next = () => {
      if (performance.now() >= until || (sent >= requests.length && !load.again)) return null;
      return requests[sent++ % requests.length] ?? null;
    };
    const answered = (millis: number, answer: Buffer) => {
      const now = performance.now();
      if (answer.toString("latin1", 9, 12) !== "200") {
        failures += 1;
        firstFailure ??= answer.toString("utf8").slice(0, 500);
      }
      if (now < countFrom || now > until) return;
      times.push(millis);
      arrivals.push(now);
    };
    const ended = () => {
      under -= 1;
      if (under === 0) resolve(figures(times, arrivals, { from: countFrom, failures, firstFailure }));
    };
    for (let i = 0; i < load.connections; i++) open(load.ports[i % load.ports.length] ?? 0, { next, answered, ended });
  });
}

function figures(times: readonly number[], arrivals: readonly number[], rest: { readonly from: number; readonly failures: number; readonly firstFailure: string | null }): Measured {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const { from, failures, firstFailure } = rest;
  const edge = (tenth: number) => (tenth === 0 ? from : (arrivals[Math.floor((arrivals.length * tenth) / 10) - 1] ?? from));
  const seconds = (edge(10) - from) / 1_000;
  const tenths = Array.from({ length: 10 }, (_, i) => (edge(i + 1) - edge(i)) / 1_000);
  return { requests: times.length, seconds, perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99), failures, firstFailure, tenths };
}

process.once("message", (load: Load) => {
  void run(load).then((measured) => process.send?.(measured, () => process.disconnect()));
});
