/** A parameter's limits in people's words. */
import type { Limits, ParameterDeclaration } from "../src/engine/declaration.ts";

/** `1..45 characters`, `at least 1`, `50 keys of 40 characters, values of 500`. */
export function limitWords(type: ParameterDeclaration["type"], { min, max, minLength, maxLength, pattern, maxItems, maxKeyLength }: Limits): string[] {
  if (type === "map") return [`${maxItems} keys of ${maxKeyLength} characters, values of ${maxLength}`];
  const words = [range(min, max), range(minLength, maxLength, " characters")];
  if (maxItems !== undefined) words.push(`at most ${maxItems} items`);
  if (pattern !== undefined) words.push(`matches \`${pattern.replaceAll("|", "\\|")}\``);
  return words.filter((part) => part !== "");
}

function range(min: bigint | number | undefined, max: bigint | number | undefined, unit = ""): string {
  if (min === undefined && max === undefined) return "";
  if (min === undefined) return `at most ${max}${unit}`;
  return max === undefined ? `at least ${min}${unit}` : `${min}..${max}${unit}`;
}
