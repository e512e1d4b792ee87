/** The profiles that a batch's rows name: each must be there, and be what it is named as, before the batch is saved. */
import type { ProfileId } from "../domain/id.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { ProfileKind } from "../domain/profile.ts";
import type { Changes } from "./store.ts";

export type NamedProfile = { readonly merchant: MerchantId; readonly id: ProfileId; readonly kind: ProfileKind };

/** Each once. A row that was changed names again what it named before, which costs a look only where it names something. */
export function profilesNamedBy({ newPayments, changedPayments, newAttempts, changedAttempts, newProfiles, changedProfiles }: Changes): NamedProfile[] {
  const named = new Map<string, NamedProfile>();
  const name = (merchant: MerchantId, id: ProfileId | null, kind: ProfileKind): void => {
    if (id !== null) named.set(`${merchant}/${id}/${kind}`, { merchant, id, kind });
  };
  for (const row of newPayments) nameOfPayment(row);
  for (const { payment, loaded } of changedPayments) if (payment.customer !== loaded.customer || payment.onFile !== loaded.onFile) nameOfPayment(payment);
  for (const row of [...newAttempts, ...changedAttempts]) nameOfPayment(row);
  for (const { merchant, owner, preferred } of [...newProfiles, ...changedProfiles.map(({ profile }) => profile)]) {
    name(merchant, owner, "customer");
    name(merchant, preferred, "instrument");
  }
  return [...named.values()];

  function nameOfPayment({ merchant, customer, onFile }: { readonly merchant: MerchantId; readonly customer: ProfileId | null; readonly onFile: ProfileId | null }): void {
    name(merchant, customer, "customer");
    name(merchant, onFile, "instrument");
  }
}
