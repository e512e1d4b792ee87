/** Every endpoint that a merchant has, of one wire API or of all. There are few, but two that are made at one moment may be more than the limit says, and none may be left out. */
import type { MerchantId } from "../domain/merchant.ts";
import type { Profile } from "../domain/profile.ts";
import type { Reader } from "./store.ts";

const PAGE = 100;
const PAGES_MAX = 100;

/** In the order in which they were made. */
export async function allEndpoints(read: Pick<Reader, "listProfiles">, merchant: MerchantId, dialect: string | null): Promise<Profile[]> {
  const found: Profile[] = [];
  for (let page = 0; page < PAGES_MAX; page++) {
    const more = await read.listProfiles(merchant, { page: { order: "oldest", after: found.at(-1)?.id ?? null, from: null, until: null, limit: PAGE }, of: "endpoints", dialect });
    found.push(...more);
    if (more.length < PAGE) break;
  }
  return found;
}
