/** The commands that ask a server that runs: `events`, `events resend`, `webhooks listen`, `webhooks list`. */
import type { Command } from "commander";
import { followEvents } from "./follow-events.ts";
import { listen, type Api } from "./listen.ts";
import { plainJson } from "./plain.ts";
import { Remote, RemoteRefused, rowsIn, textIn, type RemoteFlags } from "./remote.ts";
import { resend } from "./resend.ts";
import { table } from "./table.ts";

type Env = Readonly<Record<string, string | undefined>>;
const SERVER = ["--server <url>", "the server to ask (REFUNDRY_URL; http://127.0.0.1:4242)"] as const;
const KEY = ["--key <key>", "the secret key (REFUNDRY_KEY; the open sandbox's own)"] as const;

export function addRemoteCommands(root: Command, { env, demoKey, usage }: { readonly env: Env; readonly demoKey: string; readonly usage: (mistake: string) => void }): void {
  const remoteOf = ({ server, key }: RemoteFlags): Remote => new Remote(server ?? env["REFUNDRY_URL"] ?? "http://127.0.0.1:4242", key ?? env["REFUNDRY_KEY"] ?? demoKey);
  const events = root
    .command("events")
    .description("what happened in the last hour, a line for each event")
    .option(...SERVER)
    .option(...KEY)
    .option("--follow", "and what happens from now on", false)
    .option("--json", "a JSON object for each", false)
    .action(async (flags: RemoteFlags & { readonly follow: boolean; readonly json: boolean }) => {
      await run((signal) => followEvents(remoteOf(flags), { ...flags, signal }));
    });
  events
    .command("resend")
    .argument("<id>", "the event's id, as any of the APIs names it, or a delivery's")
    .description("deliver an event once more")
    .option(...SERVER)
    .option(...KEY)
    .option("--endpoint <id>", "only to that endpoint")
    .option("--json", "print the deliveries as JSON", false)
    .action(async (id: string, _flags: object, command: Command) => {
      const flags = command.optsWithGlobals<RemoteFlags & { readonly endpoint?: string; readonly json: boolean }>();
      await run(() => resend(remoteOf(flags), id, { endpoint: flags.endpoint ?? null, json: flags.json }));
    });
  const webhooks = root.command("webhooks").description("where events are told");
  webhooks
    .command("list")
    .description("the endpoints of the key's merchant")
    .option(...SERVER)
    .option(...KEY)
    .option("--json", "print them as JSON", false)
    .action(async (flags: RemoteFlags & { readonly json: boolean }) => {
      await run(async () => {
        const rows = rowsIn(await remoteOf(flags).get("/refundry/endpoints"));
        if (flags.json) console.log(plainJson(rows));
        else console.log(rows.length === 0 ? "None. Make one through either API, or try `refundry webhooks listen --forward-to URL`." : table(rows.map((row) => [textIn(row, "id"), textIn(row, "api"), row["enabled"] === true ? "enabled" : "disabled", textIn(row, "url")])));
        return 0;
      });
    });
  webhooks
    .command("listen")
    .description("have everything told to a program on this machine while the command runs")
    .requiredOption("--forward-to <url>", "where your program listens, such as http://localhost:3000/webhook")
    .option("--api <stripe|square>", "in whose API it is told", "stripe")
    .option(...SERVER)
    .option(...KEY)
    .action(async (flags: RemoteFlags & { readonly forwardTo: string; readonly api: string }) => {
      if (!isApi(flags.api)) return usage(`'${flags.api}' is no API that events are told in. Give 'stripe' or 'square'.`);
      const { api } = flags;
      await run((signal) => listen(remoteOf(flags), { url: flags.forwardTo, api, signal }));
    });
}

function isApi(text: string): text is Api {
  return text === "stripe" || text === "square";
}

/** Until it is done, or until whoever started it wants it to end. */
async function run(work: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const ends = new AbortController();
  const end = () => ends.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  try {
    process.exitCode = await work(ends.signal);
  } catch (error) {
    if (!(error instanceof RemoteRefused)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
}
