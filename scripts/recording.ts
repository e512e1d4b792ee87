/** What the tests sent, out of the files that each of their processes wrote, and the file in which all of it is committed. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Recording, Sent, SentTo } from "../test/watch/watch.ts";

export const RECORDING_PATH = "docs/coverage/tested.json";

export function readRecording(path = RECORDING_PATH): Recording {
  const recording: Recording = JSON.parse(readFileSync(path, "utf8"));
  return recording;
}

/** All of a folder's recordings as one: what was done once was done. */
export function mergeRecordings(folder: string): Recording {
  const all: Recording = {};
  for (const file of globSync("*.json", { cwd: folder })) {
    for (const [dialect, endpoints] of Object.entries(readRecording(join(folder, file)))) {
      const known = (all[dialect] ??= {});
      for (const [endpoint, sent] of Object.entries(endpoints)) known[endpoint] = merge(known[endpoint], sent);
    }
  }
  return sorted(all);
}

function merge(one: SentTo | undefined, other: SentTo): SentTo {
  if (one === undefined) return other;
  const parameters = { ...one.parameters };
  for (const [name, sent] of Object.entries(other.parameters)) parameters[name] = better(parameters[name], sent);
  return { endpoint: better(one.endpoint, other.endpoint), parameters };
}

function better(one: Sent | undefined, other: Sent): Sent {
  return one === "done" ? one : other;
}

/** In one order, whichever test came first. */
function sorted(recording: Recording): Recording {
  return byName(recording, (endpoints) => byName(endpoints, ({ endpoint, parameters }) => ({ endpoint, parameters: byName(parameters, (sent) => sent) })));
}

function byName<T, U>(record: Readonly<Record<string, T>>, of: (value: T) => U): Record<string, U> {
  const entries = Object.entries(record).map(([name, value]): [string, U] => [name, of(value)]);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export function recordingText(recording: Recording): string {
  return `${JSON.stringify(recording, null, 1)}\n`;
}
