/** A bounded number of connections, and a bounded wait for one of them: beyond it nothing is begun, and the caller may try again. */
import { StoreUnavailable } from "../../engine/store.ts";
import type { Address, Host } from "./address.ts";
import { Connection } from "./connection.ts";
import { codeOf, isLost, OnlyReads, translate } from "./failure.ts";
import type { Limits } from "./limits.ts";

export type PoolOptions = {
  readonly max: number;
  /** Whether a server that only reads will do. */
  readonly readOnly: boolean;
  readonly limits: Limits;
};

const WAITING_MAX = 1_000;
/** What a pooler that hands connections from one to another makes of prepared statements that it does not know. */
const UNPREPARED = ["26000", "42P05"];

export type Lent = { readonly connection: Connection; readonly giveBack: () => void };

type Waiting = { readonly resolve: (connection: Connection | null) => void; readonly timer: NodeJS.Timeout };

export class Pool {
  readonly #address: Address;
  readonly #options: PoolOptions;
  readonly #idle: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  #open = 0;
  #prepare: boolean;
  #first = 0;
  #closed = false;
  #emptied: (() => void) | null = null;

  constructor(address: Address, options: PoolOptions) {
    this.#address = address;
    this.#options = options;
    this.#prepare = address.prepare;
  }

  get name(): string {
    return this.#address.name;
  }

  /** Nothing is lent any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Lends a connection for as long as `work` takes. Rejects with `StoreUnavailable` when there is none in time. */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    try {
      return await work(connection);
    } catch (error) {
      // Whoever will try again says so in words of its own, and what PostgreSQL said stands behind them.
      const said = error instanceof Error && codeOf(error) === null && error.cause !== undefined ? error.cause : error;
      if (this.isUnprepared(said)) this.#prepare = false;
      if (isLost(said)) this.#forget(connection);
      throw error;
    } finally {
      this.#giveBack(connection);
    }
  }

  /** Lends a connection until it is given back, to whoever holds a transaction open for long. Rejects like `use`. */
  async lend(): Promise<Lent> {
    const connection = await this.#take();
    return { connection, giveBack: () => this.#giveBack(connection) };
  }

  /** Whether an error says no more than that statements cannot be prepared here: they are not from now on. */
  isUnprepared(error: unknown): boolean {
    return UNPREPARED.includes(codeOf(error) ?? "");
  }

  /** Resolves when the last connection that was lent is back and closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) this.#answer(waiting, null);
    for (const connection of this.#idle.splice(0)) await this.#drop(connection);
    if (this.#open === 0) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
  }

  async #take(): Promise<Connection> {
    if (this.#closed) throw new StoreUnavailable("the book is closed");
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!idle.lost) return idle;
      this.#open -= 1;
    }
    if (this.#open < this.#options.max) {
      this.#open += 1;
      return this.#connect();
    }
    if (this.#waiting.length >= WAITING_MAX) throw new StoreUnavailable("too many wait for a connection to PostgreSQL");
    const { waitMs } = this.#options.limits;
    const given = await new Promise<Connection | null | "late">((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.findIndex((waiting) => waiting.timer === timer), 1);
        resolve("late");
      }, waitMs);
      this.#waiting.push({ resolve, timer });
    });
    if (given === "late") throw new StoreUnavailable(`all ${this.#options.max} connections to PostgreSQL were in use for ${waitMs} ms`);
    if (this.#closed && given === null) throw new StoreUnavailable("the book is closed");
    // Whoever gave back a broken one leaves its place to the next, who opens another.
    return given ?? this.#connect();
  }

  /** The place is taken already; it is given up again if nothing can be opened. */
  async #connect(): Promise<Connection> {
    try {
      return await this.#connectToAny();
    } catch (error) {
      this.#leave();
      const meaning = translate(error);
      throw meaning instanceof StoreUnavailable ? meaning : new StoreUnavailable(`PostgreSQL lets nobody in: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  /** Each host once, from the one that served last. */
  async #connectToAny(): Promise<Connection> {
    const { hosts } = this.#address;
    let failed: unknown = null;
    for (let i = 0; i < hosts.length; i++) {
      const place = (this.#first + i) % hosts.length;
      const host = hosts[place];
      if (host === undefined) continue;
      try {
        const connection = await this.#connectTo(host);
        this.#first = place;
        return connection;
      } catch (error) {
        failed = error;
      }
    }
    throw failed;
  }

  async #connectTo(host: Host): Promise<Connection> {
    const connection = await Connection.open(this.#address, host, { connectMs: this.#options.limits.connectMs, prepare: () => this.#prepare });
    if (this.#options.readOnly) return connection;
    try {
      const { rows } = await connection.together(this.#options.limits.connectMs, () => connection.ask<[string]>({ text: "show transaction_read_only", values: [] }));
      if (rows[0]?.[0] === "off") return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
    connection.destroy();
    throw new OnlyReads(`PostgreSQL at ${host.host}:${host.port} only reads: it is a standby, or told to take no writes`);
  }

  /** Those that idle led to the same server, and may be as dead without having said so: each would be waited for in turn. */
  #forget(lost: Connection): void {
    lost.destroy();
    for (const idle of this.#idle) idle.destroy();
  }

  #giveBack(connection: Connection): void {
    if (this.#closed || connection.lost) {
      void this.#drop(connection);
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else this.#answer(next, connection);
  }

  async #drop(connection: Connection): Promise<void> {
    await connection.close().catch(() => connection.destroy());
    this.#leave();
  }

  /** One place is free: the next who waits may open a connection of its own. */
  #leave(): void {
    const next = this.#closed ? undefined : this.#waiting.shift();
    if (next !== undefined) {
      this.#answer(next, null);
      return;
    }
    this.#open -= 1;
    if (this.#open === 0) this.#emptied?.();
  }

  #answer({ resolve, timer }: Waiting, connection: Connection | null): void {
    clearTimeout(timer);
    resolve(connection);
  }
}
