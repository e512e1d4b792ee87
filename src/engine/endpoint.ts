/** What every endpoint has that events are told to, whatever its wire API: notes without a prefix, beside those that its dialect keeps. */
import { present } from "../base/assert.ts";
import type { Millis } from "../domain/id.ts";
import type { Notes, NotesPatch } from "../domain/notes.ts";
import type { Profile } from "../domain/profile.ts";
import type { Vault } from "./vault.ts";

/** A merchant has no more of each API than so many. */
export const ENDPOINTS_MAX = 16;

const URL = "url";
const DISABLED = "disabled";
const SECRET = "secret";
/** The secret of before, and until when what is told is signed with it too. */
const SECRET_BEFORE = "secret_before";
const SECRET_BEFORE_UNTIL = "secret_before_until";

/** `secret` is sealed. */
export function endpointNotes({ url, secret }: { readonly url: string; readonly secret: string }): Notes {
  return { [URL]: url, [SECRET]: secret };
}

export function movedTo(url: string): Readonly<Record<string, string>> {
  return { [URL]: url };
}

export function switched(enabled: boolean): Readonly<Record<string, string | null>> {
  return { [DISABLED]: enabled ? null : "true" };
}

/** `secret` is sealed. Until then the one of before signs too. */
export function rolled(endpoint: Profile, secret: string, beforeUntil: Millis): NotesPatch {
  return { set: { [SECRET]: secret, [SECRET_BEFORE]: sealedSecretOf(endpoint), [SECRET_BEFORE_UNTIL]: String(beforeUntil) } };
}

/** `secret` is sealed. The one of before signs no more. */
export function replaced(secret: string): NotesPatch {
  return { set: { [SECRET]: secret, [SECRET_BEFORE]: null, [SECRET_BEFORE_UNTIL]: null } };
}

export function urlOf({ notes, id }: Profile): string {
  return present(notes[URL], `the URL of endpoint ${id}`);
}

export function isEnabled({ kind, state, notes }: Profile): boolean {
  return kind === "endpoint" && state === "active" && notes[DISABLED] === undefined;
}

export function sealedSecretOf({ notes, id }: Profile): string {
  return present(notes[SECRET], `the secret of endpoint ${id}`);
}

/** Those that sign now, the newest first; none where the vault cannot open them. */
export function secretsOf(endpoint: Profile, vault: Vault, now: Millis): readonly string[] {
  const { merchant, notes } = endpoint;
  const before = now < Number(notes[SECRET_BEFORE_UNTIL] ?? "0") ? notes[SECRET_BEFORE] : undefined;
  return [sealedSecretOf(endpoint), ...(before === undefined ? [] : [before])].flatMap((sealed) => vault.open(merchant, sealed) ?? []);
}
