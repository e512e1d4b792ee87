/** The port through which a whole book is read, and another is made to be its equal: every SQL store is both. */
import type { Book } from "./store.ts";
import type { Key, Row, Table } from "./tables.ts";

/** A book of which nothing changes for as long as it is looked at. Rejects with `StoreUnavailable` when it cannot be read. */
export interface Sight {
  count(table: Table): Promise<number>;
  /** The rows that come after `after`, or the first of all, in the order of their key: so many of them, and fewer only at the end. */
  page(table: Table, after: Key | null, rows: number): Promise<Row[]>;
  /** The key of the row that stands last. */
  lastKey(table: Table): Promise<Key | null>;
  close(): Promise<void>;
}

/** What a book that is not wholly copied yet says of itself. As long as it does, no server begins to serve it. */
export type Mark = {
  /** Which rows are to be copied: the source's fingerprint. */
  readonly source: string;
  /** The name of the source, for people. */
  readonly begunFrom: string;
};

/** The book that is written. All its guards stay on. Each call rejects with `StoreUnavailable` when the target cannot be reached or written. */
export interface CopyTarget {
  /** What an unfinished copy has left here; null where there is none. */
  mark(): Promise<Mark | null>;
  /** Marks an empty book as one that is not wholly copied yet. */
  begin(mark: Mark): Promise<void>;
  /** Goes on in a book that is marked. Resolves when no earlier run can write any more, though its process or its connection may live on. */
  resume(): Promise<void>;
  /** In one transaction, all or nothing. Null when they are written; why a guard of the book refuses them, in words, when they are not. */
  write(table: Table, rows: readonly Row[]): Promise<string | null>;
  /** What is written by now. */
  sight(): Promise<Sight>;
  /** For the proof. */
  openBook(): Promise<Book & { close(): void | Promise<void> }>;
  /** Takes the mark away, durably and with all that was written before. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Why a book with a mark is not served, proved or copied on. */
export function unfinishedCopy(name: string, begunFrom: string): string {
  return (
    `The book in ${name} is an unfinished copy of ${begunFrom}: refunds may be missing from it, and would be made again. ` +
    "Run the same `refundry copy` again until it says that all is copied and proved, or give it up and take this book away."
  );
}
