/** One engine over one store, with time and chance of its own that are the same in every world. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dossier } from "../../src/domain/audit.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Answer, Job } from "../../src/engine/job.ts";
import { makeMoments } from "../../src/engine/moments.ts";
import type { Book, Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { MemoryStore } from "../../src/stores/memory/store.ts";
import { SqliteBook } from "../../src/stores/sqlite/book.ts";
import { openReader } from "../../src/stores/sqlite/connection.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { TestSources } from "../stores/making.ts";

type MaybeClosed = Book & { close?(): void | Promise<void> };
type OpenBook = () => MaybeClosed | Promise<MaybeClosed>;

export class World {
  readonly sources = new TestSources();
  readonly store: Store;
  readonly #engine: Engine;
  readonly #openBook: OpenBook;
  readonly #clean: () => void | Promise<void>;
  #halted: Error | null = null;

  constructor(parts: { readonly store: Store; readonly openBook: OpenBook; readonly clean: () => void | Promise<void> }) {
    this.store = parts.store;
    this.#openBook = parts.openBook;
    this.#clean = parts.clean;
    const draw = makeMoments(this.sources);
    this.#engine = new Engine({
      store: parts.store,
      processor: makeSandbox(),
      // A book's own clock is left out, or its ids would not be the same in every world.
      moments: () => draw(),
      halt: (error) => {
        this.#halted = error;
      },
    });
  }

  /** All in one batch. */
  async execute(jobs: readonly Job[]): Promise<Answer[]> {
    const answers = await Promise.all(jobs.map((job) => this.#engine.execute(job)));
    if (this.#halted) throw this.#halted;
    return answers;
  }

  /** What the book holds, and what its proof says. */
  async look() {
    const book = await this.#openBook();
    try {
      const dossiers: Dossier[] = [];
      for await (const dossier of book.dossiers()) dossiers.push(dossier);
      return { dossiers, proof: await verifyBook(book, () => undefined) };
    } finally {
      await book.close?.();
    }
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.#clean();
  }
}

export function memoryWorld(): World {
  const store = new MemoryStore();
  return new World({ store, openBook: () => store, clean: () => undefined });
}

export function sqliteWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), "refundry-model-"));
  return new World({
    store: openStore(folder),
    openBook: () => new SqliteBook(openReader(join(folder, "book.db"))),
    clean: () => rmSync(folder, { recursive: true, force: true }),
  });
}
