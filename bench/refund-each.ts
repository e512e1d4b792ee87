/** Refunds payments through the engine, batch after batch, as requests over the wire would: each under a key, and with a reply. */
import { BATCH_MAX, Engine } from "../src/engine/engine.ts";
import type { Job } from "../src/engine/job.ts";
import { openSandbox } from "../src/engine/keys.ts";
import { machineSources, makeMoments } from "../src/engine/moments.ts";
import type { Store } from "../src/engine/store.ts";
import { NO_EXTRAS } from "../src/engine/views.ts";
import type { MerchantId } from "../src/domain/merchant.ts";
import { makeSandbox } from "../src/processors/sandbox/sandbox.ts";
import { refundOf, REPLY_BYTES } from "./fill-book.ts";

/** How long it took, in seconds. */
export async function refundEach(store: Store, key: string, payments: readonly string[]): Promise<number> {
  const merchant = await openSandbox().merchantOf(key);
  if (merchant === null) throw new Error("this key opens no merchant");
  const engine = new Engine({
    store,
    processor: makeSandbox(),
    moments: makeMoments(machineSources()),
    halt(error) {
      throw error;
    },
  });
  const began = performance.now();
  for (let done = 0; done < payments.length; done += BATCH_MAX) {
    const answers = await Promise.all(payments.slice(done, done + BATCH_MAX).map((id) => engine.execute(jobOf(merchant, id))));
    const refused = answers.find(({ reply }) => reply.status !== 200);
    if (refused !== undefined) throw new Error(`a payment could not be refunded: ${JSON.stringify(refused)}`);
  }
  return (performance.now() - began) / 1_000;
}

function jobOf(merchant: MerchantId, id: string): Job {
  return {
    merchant,
    requestId: id,
    command: refundOf(id),
    claims: [{ scope: "stripe:key", key: `refund-of-${id}`, path: "/v1/refunds", fingerprint: "f".repeat(64), binds: "always" }],
    extras: NO_EXTRAS,
    reply: (result) => ("done" in result ? { status: 200, body: `{"id":"re_${result.done.refund?.id}"}`.padEnd(REPLY_BYTES) } : { status: 400, body: JSON.stringify(Object.keys(result)) }),
  };
}
