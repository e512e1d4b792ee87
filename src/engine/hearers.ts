/** Who hears of what happens to a payment: those whose books it stands in or beside, and the platform of an account. */
import { merchantOfAccount } from "../domain/connected.ts";
import { unreachable } from "../base/assert.ts";
import type { Payment } from "../domain/payment.ts";
import type { Hearer } from "./outbox.ts";

export function hearersOf({ merchant, connect }: Pick<Payment, "merchant" | "connect">): readonly Hearer[] {
  if (connect === null) return [{ merchant, account: null }];
  const { role, platform, account } = connect;
  switch (role) {
    case "destination":
      return [{ merchant, account: null }];
    case "charge":
      return [{ merchant, account: null }, { merchant: platform, account }];
    case "received":
      return [{ merchant: merchantOfAccount(platform, account), account: null }, { merchant: platform, account }];
    case "transfer":
    case "fee":
    case "cash":
    case "unlinked":
      return [{ merchant: platform, account: null }];
    default:
      return unreachable(role);
  }
}
