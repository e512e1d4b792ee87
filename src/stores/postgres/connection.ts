/**
 * One connection to PostgreSQL, pipelined: statements that are asked together travel in one packet and are answered in order.
 * Nothing is ever set for the session, so that whoever pools connections between us and the server may hand them to others.
 */
import { createHash } from "node:crypto";
import { Client, DatabaseError } from "pg";
import type { Value } from "../../engine/rows.ts";
import type { Address, Host } from "./address.ts";
import { LostConnection } from "./failure.ts";

/** A statement and what is bound to it. */
export type Statement = { readonly text: string; readonly values: readonly Value[] };

export type Asked<Row extends unknown[]> = { readonly rows: Row[]; readonly command: string };

const KEEP_ALIVE_AFTER_MS = 10_000;
const CLOSE_MS = 1_000;
/** Whole numbers of every width are read as bigint, as SQLite's are; all else stays text. */
const WHOLE_TYPES = [20, 21, 23];
/** PostgreSQL keeps 63 bytes of a name. */
const NAME_LENGTH = 24;

const types = {
  getTypeParser: (type: number) => (WHOLE_TYPES.includes(type) ? BigInt : String),
};

export class Connection {
  readonly #client: Client;
  readonly #prepare: () => boolean;
  #lost = false;
  /** The first error of what was asked together: all that follow it say no more than that it came. */
  #first: unknown = null;

  /** `prepare` is asked before each statement: a pooler in between may turn out not to bear it. */
  private constructor(client: Client, prepare: () => boolean) {
    this.#client = client;
    this.#prepare = prepare;
    client.on("error", () => this.destroy());
    client.on("end", () => this.destroy());
  }

  static async open(address: Address, { host, port }: Host, { connectMs, prepare }: { readonly connectMs: number; readonly prepare: () => boolean }): Promise<Connection> {
    const { user, password, database, ssl, applicationName } = address;
    const client = new Client({
      host, port, user, password, database, ssl, pipeline: true, types, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      connectionTimeoutMillis: connectMs, application_name: applicationName,
    });
    const connection = new Connection(client, prepare);
    try {
      await client.connect();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** What a server says beside its answers, until the returned function is called. The code says what it means in every language that a server may speak. */
  listen(hear: (code: string, message: string) => void): () => void {
    const listener = (notice: { readonly code?: string | undefined; readonly message?: string | undefined }) => hear(notice.code ?? "", notice.message ?? "");
    this.#client.on("notice", listener);
    return () => void this.#client.off("notice", listener);
  }

  /** Sends at once what `ask` asks. A connection that has not answered by then is broken off, and everything asked rejects. */
  async together<T>(millis: number, ask: () => Promise<T>): Promise<T> {
    const late = setTimeout(() => this.destroy(), millis);
    this.#first = null;
    try {
      const { stream } = this.#client.connection;
      stream.cork();
      let asked;
      try {
        asked = ask();
      } finally {
        stream.uncork();
      }
      return await asked;
    } catch (last) {
      const error = this.#first ?? last;
      throw this.#lost && !(error instanceof DatabaseError) ? new LostConnection(wordsOfLoss(error), { cause: error }) : error;
    } finally {
      clearTimeout(late);
    }
  }

  async ask<Row extends unknown[]>({ text, values }: Statement): Promise<Asked<Row>> {
    // What binds nothing begins, ends or asks for a setting: it is sent as it is.
    const name = values.length > 0 && this.#prepare() ? { name: nameOf(text) } : {};
    const { rows, command } = await this.#noting(this.#client.query<Row, Value[]>({ text, values: [...values], rowMode: "array", ...name }));
    return { rows, command };
  }

  /** Several statements in one text, without values and without rows. */
  async tell(text: string): Promise<void> {
    await this.#noting(this.#client.query(text));
  }

  /** Answers come in the order of what was asked, but who waits for them may hear of a later one first. */
  async #noting<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#first ??= error;
      throw error;
    }
  }

  destroy(): void {
    this.#lost = true;
    this.#client.connection.stream.destroy();
  }

  /** Takes its leave. A server that does not hear it is left without. */
  async close(): Promise<void> {
    if (this.#lost) return;
    this.#lost = true;
    const late = setTimeout(() => this.destroy(), CLOSE_MS);
    try {
      await this.#client.end();
    } finally {
      clearTimeout(late);
    }
  }
}

const names = new Map<string, string>();

/** A name follows from its text, so that whoever else prepared it on the same server has prepared the same. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `refundry_${createHash("sha256").update(text).digest("hex").slice(0, NAME_LENGTH)}`;
  names.set(text, name);
  return name;
}

function wordsOfLoss(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : "the connection was broken off";
}
