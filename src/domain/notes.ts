/**
 * What a dialect was told and the kernel has no opinion on: descriptions, metadata, reasons, addresses. A dialect writes
 * under its own prefix and echoes what it wrote; the kernel only keeps and merges.
 */
export type Notes = Readonly<Record<string, string>>;

export type NotesPatch = {
  /** Every note whose name begins with one of these goes first. */
  readonly drop?: readonly string[];
  /** A null takes the note away. */
  readonly set?: Readonly<Record<string, string | null>>;
  /** At most `max` notes may begin with `prefix` when all is done. */
  readonly limit?: { readonly prefix: string; readonly max: number };
};

export const NO_NOTES: Notes = Object.freeze({});

/** The notes as patched, or null if there would be more than the limit. */
export function patchNotes(notes: Notes, patch: NotesPatch): Notes | null {
  if (isEmpty(patch)) return notes;
  const next = new Map(Object.entries(notes));
  for (const prefix of patch.drop ?? []) {
    for (const name of next.keys()) if (name.startsWith(prefix)) next.delete(name);
  }
  for (const [name, value] of Object.entries(patch.set ?? {})) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  const limit = patch.limit;
  if (limit && [...next.keys()].filter((name) => name.startsWith(limit.prefix)).length > limit.max) return null;
  return Object.fromEntries(next);
}

function isEmpty({ drop, set }: NotesPatch): boolean {
  return (drop?.length ?? 0) === 0 && Object.keys(set ?? {}).length === 0;
}

/** The notes whose names begin so, by their whole names. */
export function notesBeginning(notes: Notes, prefix: string): Notes {
  return Object.fromEntries(Object.entries(notes).filter(([name]) => name.startsWith(prefix)));
}

/** The notes under a prefix, by the rest of their names. */
export function notesUnder(notes: Notes, prefix: string): Record<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(notes)) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), value);
  }
  return Object.fromEntries(found);
}
