import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one measurement. */
export function freshFolderFor(what: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `refundry-bench-${what}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
