/** Metadata: up to 50 keys of 40 characters with values of 500; an empty value unsets a key, an empty hash all of them. */
import type { NotesPatch } from "../../domain/notes.ts";
import { malformed, type Malformed } from "./problem.ts";
import type { Param } from "./params.ts";

const KEYS_MAX = 50;
const KEY_MAX = 40;
const VALUE_MAX = 500;

export const METADATA = "stripe:metadata.";

export type MetadataChange = { readonly clear: boolean; readonly set: ReadonlyMap<string, string | null> };

export const metadata: Param<MetadataChange> = {
  told: {
    type: "map",
    nullable: true,
    limits: { maxItems: KEYS_MAX, maxKeyLength: KEY_MAX, maxLength: VALUE_MAX },
    values: [],
    fields: [],
    shorthand: null,
    about: "Your own key-value pairs. An empty value unsets a key, an empty `metadata` unsets all.",
    since: null,
    unsupported: null,
  },
  strangers: () => [],
  read(raw, path) {
    if (raw === "") return { clear: true, set: new Map() };
    if (typeof raw === "string") return malformed("Invalid object", { param: path });
    const set = new Map<string, string | null>();
    for (const [key, value] of raw) {
      const problem = check(key, value, path);
      if (problem) return problem;
      set.set(key, typeof value === "string" && value !== "" ? value : null);
    }
    const count = [...set.values()].filter((value) => value !== null).length;
    return count > KEYS_MAX ? tooManyKeys(path) : { clear: false, set };
  },
};

function check(key: string, value: unknown, path: string): Malformed | null {
  const at = `${path}[${key.slice(0, KEY_MAX)}]`;
  if (typeof value !== "string") return malformed("Invalid string: metadata values must be strings", { param: at });
  if (key.length > KEY_MAX) {
    return malformed(`Metadata keys can have up to ${KEY_MAX} characters, but you passed in a key that is ${key.length} characters. Invalid key: ${key.slice(0, KEY_MAX)}...`, { param: path });
  }
  if (value.length > VALUE_MAX) {
    return malformed(`Metadata values can have up to ${VALUE_MAX} characters, but you passed in a value that is ${value.length} characters. Invalid value: ${value.slice(0, KEY_MAX)}...`, { param: at });
  }
  return null;
}

export function tooManyKeys(path: string): Malformed {
  return malformed(`You can only set up to ${KEYS_MAX} metadata keys on an object.`, { param: path });
}

/** The change as a patch of notes; other notes to be set ride along. */
export function metadataPatch(change: MetadataChange | undefined, others: Readonly<Record<string, string | null>> = {}): NotesPatch {
  if (change === undefined) return { set: others };
  const changed = [...change.set].map(([key, value]): [string, string | null] => [METADATA + key, value]);
  return {
    drop: change.clear ? [METADATA] : [],
    set: { ...others, ...Object.fromEntries(changed) },
    limit: { prefix: METADATA, max: KEYS_MAX },
  };
}

/** The notes of a new object: its metadata, and whatever else was said. */
export function newNotes(change: MetadataChange | undefined, others: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  const said: [string, string][] = [];
  for (const [key, value] of change?.set ?? []) if (value !== null) said.push([METADATA + key, value]);
  for (const [name, value] of Object.entries(others)) if (typeof value === "string") said.push([name, value]);
  return Object.fromEntries(said);
}
