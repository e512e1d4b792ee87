/** Rows in columns: text to the left, numbers to the right. */
export function table(rows: readonly (readonly (string | number | bigint)[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => String(row[i] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (typeof cell === "string" ? cell.padEnd(widths[i] ?? 0) : cell.toLocaleString("en").padStart((widths[i] ?? 0) + 2)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
