/** What must hold after a kill and a restart: the callers' ledger and the book say the same, to the last refund. */
import type { Dossier } from "../../src/domain/audit.ts";
import type { Book } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { paymentBody, type Client } from "./client.ts";
import { refundBody, type Write } from "./kill-load.ts";
import { inFlight, withBook } from "./campaign.ts";
import type { BookPlace } from "./server-process.ts";

export type Kind = "lost" | "doubled" | "changed" | "refused" | "stray" | "unsound";
export type Violation = { readonly kind: Kind; readonly what: string };

const IN_FLIGHT = 32;

/** Sends each unanswered request again, twice: it succeeds, and both times with the same bytes. */
async function resolveUnknowns(client: Client, ledger: readonly Write[]): Promise<{ readonly unknowns: number; readonly found: readonly Violation[] }> {
  const unknowns = ledger.filter((write) => write.answer === null);
  const found: Violation[] = [];
  await inFlight(unknowns, IN_FLIGHT, async (write) => {
    const first = await client.send(write.sent);
    const second = await client.send(write.sent);
    if (first.status !== 200) found.push({ kind: "refused", what: `${write.sent.path}: ${first.status} ${first.text}` });
    else if (second.text !== first.text) found.push({ kind: "changed", what: `${write.sent.path}: ${first.text} and then ${second.text}` });
    if (first.status === 200) write.answer = first;
  });
  return { unknowns: unknowns.length, found };
}

/** What was acknowledged before the kill is answered again with the same bytes. */
async function replay(client: Client, ledger: readonly Write[]): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  const acknowledged = ledger.flatMap((write) => (write.answer === null ? [] : [{ write, answer: write.answer }]));
  await inFlight(acknowledged, IN_FLIGHT, async ({ write, answer }) => {
    const again = await client.send(write.sent);
    if (again.text !== answer.text) found.push({ kind: "changed", what: `${write.sent.path}: ${answer.text} and after the restart ${again.text}` });
  });
  return found;
}

export type Told = { acknowledged: number; unknowns: number; readonly violations: Violation[] };

/** The whole of it after one round, whose own writes are `ledger`; `whole` has all of the book's. */
export async function checkRound({ place, client, ledger, whole, told }: { readonly place: BookPlace; readonly client: Client; readonly ledger: readonly Write[]; readonly whole: readonly Write[]; readonly told: Told }): Promise<void> {
  const failed = ledger.filter(({ answer }) => answer !== null && answer.status !== 200);
  told.violations.push(...failed.map(({ sent, answer }): Violation => ({ kind: "refused", what: `${sent.path}: ${answer?.status} ${answer?.text}` })));
  const acknowledged = ledger.filter(({ answer }) => answer?.status === 200);
  told.acknowledged += acknowledged.length;
  // Before anything is sent again: what was acknowledged must be there by itself.
  told.violations.push(...(await compare(place, whole)).filter(({ kind }) => kind === "lost" || kind === "unsound"));
  if (told.violations.length === 0) told.violations.push(...(await replay(client, acknowledged)));
  const { unknowns, found } = await resolveUnknowns(client, ledger);
  told.unknowns += unknowns;
  told.violations.push(...found, ...(await compare(place, whole)));
}

/** Every acknowledged payment and refund is in the book with its amount, and the book holds nothing else. */
export async function compare(place: BookPlace, ledger: readonly Write[]): Promise<Violation[]> {
  const asked = expected(ledger);
  const found: Violation[] = [];
  const hold = ({ payment, refunds }: Dossier) => {
    const wanted = asked.get(payment.id);
    asked.delete(payment.id);
    if (wanted === undefined) found.push({ kind: "stray", what: `payment ${payment.id} was never acknowledged` });
    else found.push(...compareRefunds(payment.id, wanted, refunds));
  };
  const proof = await withBook(place, (book) => verifyBook(watched(book, hold), () => undefined));
  for (const [id, { size }] of asked) found.push({ kind: "lost", what: `payment ${id}, with ${size} refunds` });
  if (!proof.sound) found.push({ kind: "unsound", what: JSON.stringify([...proof.findings.slice(0, 3), ...proof.imbalances, ...proof.damage]) });
  return found;
}

/** Shows each payment to somebody else on its way to the proof: one walk through the book does for both. */
function watched(book: Book, see: (dossier: Dossier) => void): Book {
  return {
    countPayments: () => book.countPayments(),
    damage: () => book.damage(),
    async *dossiers() {
      for await (const dossier of book.dossiers()) {
        see(dossier);
        yield dossier;
      }
    },
  };
}

/** By payment, the amounts of its acknowledged refunds by their ids. */
function expected(ledger: readonly Write[]): Map<string, Map<string, bigint>> {
  const asked = new Map<string, Map<string, bigint>>();
  for (const { refundOf, amount, answer } of ledger) {
    if (answer?.status !== 200) continue;
    const id = refundOf ?? paymentBody(answer);
    const refunds = asked.get(id) ?? new Map<string, bigint>();
    asked.set(id, refunds);
    if (refundOf !== null) refunds.set(refundBody(answer), BigInt(amount));
  }
  return asked;
}

function compareRefunds(payment: string, wanted: ReadonlyMap<string, bigint>, refunds: Dossier["refunds"]): Violation[] {
  const found: Violation[] = [];
  const held = new Map<string, bigint>(refunds.map(({ id, amount }) => [id, amount]));
  for (const [id, amount] of wanted) {
    if (held.get(id) !== amount) found.push({ kind: "lost", what: `refund ${id} of ${amount} on ${payment}: the book holds ${held.get(id) ?? "none"}` });
  }
  for (const id of held.keys()) {
    if (!wanted.has(id)) found.push({ kind: "doubled", what: `refund ${id} on ${payment} was never acknowledged, and its key was` });
  }
  return found;
}
