import type { MerchantId } from "../../../domain/merchant.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { Desk } from "../../../engine/wire.ts";
import { endpointNamed } from "../ids.ts";
import { NAME } from "../name.ts";

/** Null where there is none of that id, or none any more, or where the endpoint is another API's. */
export async function findSubscription({ read }: Pick<Desk, "read">, merchant: MerchantId, id: string): Promise<Profile | null> {
  const [found] = await read.profiles(merchant, [endpointNamed(id)]);
  return found?.kind === "endpoint" && found.dialect === NAME && found.state === "active" ? found : null;
}
