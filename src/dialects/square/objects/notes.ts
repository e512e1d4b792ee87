/**
 * What Square's callers say and the kernel has no opinion on, kept as notes under `square:` and echoed. Notes are text:
 * amounts and spans are kept as their digits, addresses as JSON.
 */
import { isJsonObject, parseJson } from "../../../base/json.ts";
import type { Notes } from "../../../domain/notes.ts";

export const NOTE_PREFIX = "square:";

type NoteValue = string | bigint | number | Readonly<Record<string, string | null>> | null;

/** Notes of everything that was given: what is absent or empty leaves none. */
export function makeNotes(values: Readonly<Record<string, NoteValue>>): Notes {
  const notes: [string, string][] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") continue;
    notes.push([NOTE_PREFIX + name, typeof value === "object" ? JSON.stringify(given(value)) : String(value)]);
  }
  return Object.fromEntries(notes);
}

function given(fields: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== ""));
}

export function readAmount(note: string | undefined): bigint {
  return note === undefined ? 0n : BigInt(note);
}

export function readNumber(note: string | undefined): number | null {
  return note === undefined ? null : Number(note);
}

export function readAddress(note: string | undefined): Record<string, string> | undefined {
  const parsed = note === undefined ? null : parseJson(note);
  if (parsed === null || !isJsonObject(parsed.value)) return undefined;
  const fields = Object.entries(parsed.value).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return Object.fromEntries(fields);
}
