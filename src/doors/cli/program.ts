/** The command line: `serve`, `verify`, `copy`, `key create`, `demo`, and what asks a server that runs. It words and prints; what is done is handed in. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { Mode } from "../../domain/merchant.ts";
import { addRemoteCommands } from "./remote-commands.ts";
import { isLoopback, nameOfPlace, readConfig, readCopyPlaces, readPlace, type CopyFlags, type Place, type ServeFlags, type ServerConfig } from "./config.ts";

/** What the composition root can do. Each resolves to the exit code. */
export type Actions = {
  readonly serve: (config: ServerConfig) => Promise<void>;
  readonly verify: (options: Place & { readonly json: boolean }) => Promise<number>;
  readonly copy: (options: { readonly from: Place; readonly to: Place; readonly json: boolean }) => Promise<number>;
  readonly createKey: (options: Place & { readonly mode: Mode; readonly json: boolean }) => Promise<number>;
  readonly demo: () => Promise<number>;
};

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
export const DEMO_KEY = "sk_test_refundry";

export function program(actions: Actions, env: Readonly<Record<string, string | undefined>>): Command {
  const root = new Command("refundry")
    .description("The refund desk for every processor: a Stripe and a Square of your own, on one book that never refunds twice.")
    .version(version(), "-V, --version", "print the version")
    .showHelpAfterError()
    .exitOverride();

  root
    .command("serve", { isDefault: true })
    .description("serve both APIs")
    .option("--port <n>", "port, 0 for any free one (PORT; 4242)")
    .option("--host <h>", "address to listen on (HOST; 127.0.0.1)")
    .option("--data <dir>", "folder of the book, or :memory: (REFUNDRY_DATA; ./refundry-data)")
    .option("--database <url>", "PostgreSQL that holds the book in place of a folder, for any number of servers (DATABASE_URL)")
    .option("--keys <how>", "open: every sk_test_ key is let in; provisioned: only created keys (REFUNDRY_KEYS; open on loopback)")
    .option("--sandbox-delay <ms>", "how long what the sandbox makes happen later takes (REFUNDRY_SANDBOX_DELAY; 1000)")
    .option("--square-currency <code>", "the Square seller's currency (REFUNDRY_SQUARE_CURRENCY; USD)")
    .option("--square-unlinked <on|off>", "whether Square's unlinked refunds are served (REFUNDRY_SQUARE_UNLINKED; off)")
    .option("--webhooks <on|off>", "whether this server tells events (REFUNDRY_WEBHOOKS; on)")
    .option("--webhook-retries <vendor|fast>", "how long failed webhooks wait before they are tried again (REFUNDRY_WEBHOOK_RETRIES; vendor)")
    .option("--webhook-allow <list>", "networks and host names that webhooks may reach though they are inside (REFUNDRY_WEBHOOK_ALLOW)")
    .option("--event-days <n>", "how long events and their deliveries are shown (REFUNDRY_EVENT_DAYS; 30)")
    // The command that stands for none gets the words that name none.
    .allowExcessArguments()
    .action(async (flags: ServeFlags, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) return command.error(`error: unknown command '${unknown}'. The commands are: serve, verify, copy, key create, events, webhooks, demo.`);
      const config = readConfig(flags, env);
      if ("mistake" in config) return usage(config.mistake);
      await actions.serve(config);
    });

  root
    .command("verify")
    .description("prove the whole book: exits 0 if every invariant holds, 1 if not")
    .option("--data <dir>", "folder of the book (REFUNDRY_DATA; ./refundry-data)")
    .option("--database <url>", "PostgreSQL that holds the book (DATABASE_URL)")
    .option("--json", "print the report as JSON", false)
    .action(async (flags: { readonly data?: string; readonly database?: string; readonly json: boolean }) => {
      const place = readPlace(flags, env);
      if ("mistake" in place) return usage(place.mistake);
      process.exitCode = await actions.verify({ ...place, json: flags.json });
    });

  root
    .command("copy")
    .description("copy the whole book into an empty folder or database, and prove it there; broken off, the same command goes on where it was (stop the servers first)")
    .requiredOption("--from <place>", "folder or postgres:// address of the book")
    .requiredOption("--to <place>", "empty folder or empty database")
    .option("--json", "print the report as JSON", false)
    .action(async (flags: CopyFlags & { readonly json: boolean }) => {
      const places = readCopyPlaces(flags);
      if ("mistake" in places) return usage(places.mistake);
      process.exitCode = await actions.copy({ ...places, json: flags.json });
    });

  const key = root.command("key").description("keys for servers that are not open");
  key
    .command("create")
    .description("make a key of a new merchant; it is shown once and never kept (stop the server of a folder first)")
    .option("--data <dir>", "folder of the book (REFUNDRY_DATA; ./refundry-data)")
    .option("--database <url>", "PostgreSQL that holds the book (DATABASE_URL)")
    .option("--live", "a key for live mode", false)
    .option("--json", "print it as JSON", false)
    .action(async (flags: { readonly data?: string; readonly database?: string; readonly live: boolean; readonly json: boolean }) => {
      const place = readPlace(flags, env);
      if ("mistake" in place) return usage(place.mistake);
      process.exitCode = await actions.createKey({ ...place, mode: flags.live ? "live" : "test", json: flags.json });
    });

  root
    .command("demo")
    .description("pay and refund through all three contracts on a book of its own, then prove it and leave nothing behind")
    .action(async () => {
      process.exitCode = await actions.demo();
    });
  addRemoteCommands(root, { env, demoKey: DEMO_KEY, usage });
  return root;
}

function version(): string {
  const about: unknown = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  return typeof about === "object" && about !== null && "version" in about ? String(about.version) : "unknown";
}

function usage(mistake: string): void {
  console.error(mistake);
  process.exitCode = EXIT_USAGE;
}

/** What a server says when it is ready: where it is, a key, and something to try at once. */
export function greeting(config: ServerConfig, port: number): string {
  const host = config.host.includes(":") && !config.host.startsWith("[") ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  const book = nameOfPlace(config);
  const lines = [`Refundry is listening on ${url}`, ""];
  if (config.keys === "provisioned") {
    const how = config.database === null ? ["Stop the server to make one:", ` --data ${quoted(config.data)}`] : ["To make one, with the same DATABASE_URL:", ""];
    lines.push(`  Book   ${book}`, "", `  Only keys that were made for this book are let in. ${how[0]}`, "", `  refundry key create${how[1]}`);
  } else {
    lines.push(
      `  Key    ${DEMO_KEY}   (any sk_test_… key opens an empty merchant of its own, for Stripe and Square alike)`,
      `  Book   ${book}`,
      "",
      "  Take a payment and refund it:",
      "",
      `  curl ${url}/v1/charges -u ${DEMO_KEY}: -d amount=1000 -d currency=usd -d source=tok_visa`,
      `  curl -X POST ${url}/v1/charges/ID_OF_THE_CHARGE/refund -u ${DEMO_KEY}: -d amount=300`,
    );
  }
  if (!isLoopback(config.host)) lines.push("", "This address can be reached from outside: put TLS in front of it.");
  return lines.join("\n");
}

/** A name that a shell takes apart is shown in quotes, so that the line can be copied. */
function quoted(name: string): string {
  return /^[\w./:@+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
