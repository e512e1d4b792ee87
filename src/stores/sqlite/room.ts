/**
 * A full disk is met before a transaction and not in its middle: SQLite finds it at the commit, whose failure is unknown
 * and ends the process, while a write that was never begun may simply be sent again when there is room.
 */
import { statfsSync } from "node:fs";
import { StoreUnavailable } from "../../engine/store.ts";

/** More than the greatest batch writes. */
export const ROOM_LEAST_BYTES = 16 * 1_024 * 1_024;

/** What is free on the folder's file system for those who are not its administrator. It costs microseconds, a commit hundreds. */
export function freeBytesIn(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    throw new StoreUnavailable(`the room on the disk of ${folder} cannot be told: ${String(error)}`, { cause: error });
  }
}

export function expectRoom(freeBytes: number): void {
  if (freeBytes >= ROOM_LEAST_BYTES) return;
  throw new StoreUnavailable(`the disk of the book is full: ${freeBytes} bytes are free, and nothing is written with less than ${ROOM_LEAST_BYTES}; make room and it goes on`);
}
