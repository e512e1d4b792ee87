/** Every text that Square's dialect gives with an error, as Markdown: which are Square's own, and which are ours. */
import { DETAIL, SQUARES_OWN } from "../src/dialects/square/errors.ts";

export const SQUARE_TEXTS_PATH = "docs/coverage/square-errors.md";

export function squareTexts(): string {
  const rows = Object.entries(DETAIL).map(([name, detail]) => ({ text: textOf(detail), own: SQUARES_OWN.has(name) }));
  const lines = [
    "# What errors of Square's API say here",
    "",
    "Made by `npm run coverage` from `src/dialects/square/errors.ts`. The texts that are Square's own were seen in its answers or its documentation. The others are **ours**: Square has the code, and at most a sentence that describes it, and its words may differ. Do not compare them. The text of a decline, `Authorization error: '<code>'`, is Square's own.",
    "",
    "| text | whose |",
    "|---|---|",
    ...rows.map(({ text, own }) => `| \`${text.replaceAll("|", String.raw`\|`)}\` | ${own ? "Square's own" : "ours"} |`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Of a text that is made from facts, the facts' names in their places: as its source says it. */
function textOf(detail: unknown): string {
  if (typeof detail === "string") return detail;
  const template = /`([^]*)`/.exec(String(detail))?.[1] ?? "";
  return template.replaceAll(/\$\{(\w+)(?:\.join\([^)]*\))?\}/g, "<$1>").replaceAll(/\$\{[^}]*\}/g, "");
}
