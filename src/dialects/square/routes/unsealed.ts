import type { MerchantId } from "../../../domain/merchant.ts";
import type { Reply } from "../../../engine/job.ts";
import type { Vault } from "../../../engine/vault.ts";
import type { Desk } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError } from "../errors.ts";

/** Signature keys are sealed in the book, and so in the answers that it keeps: they are opened on their way to the wire, whether an answer is given for the first time or again. */
export async function unsealed({ vault }: Pick<Desk, "vault">, merchant: MerchantId, answer: (vault: Vault) => Promise<Reply>): Promise<Reply> {
  if (vault === null) return errorReply([squareError("BAD_REQUEST", DETAIL.noSecretKey)]);
  const { status, body } = await answer(vault);
  return { status, body: vault.reveal(merchant, body) };
}
