/** A link to another object: its id, or the whole object where the caller asked for it with `expand[]`. */
import { either, formatted, named, text, whole, type Either, type Named, type Plain } from "../../../base/shape.ts";

export function link<const Name extends string>(name: Name): Either<Plain<string> | Named<Name>> {
  return either(text, named(name));
}

/** Seconds since 1970. */
export const time = formatted(whole, "unix-time");
