/** Customers by their ids. */
import type { Profile } from "../../../domain/profile.ts";
import type { Call } from "../call.ts";
import { customerNamed } from "../ids.ts";
import { missing, type Problem } from "../problem.ts";

/** Also one that was deleted. */
export async function findCustomer(call: Call, named: string): Promise<Profile | null> {
  const id = customerNamed(named);
  const [found] = id === null ? [] : await call.desk.read.profiles(call.merchant, [id]);
  return found?.kind === "customer" ? found : null;
}

/** The customer that a list is to be of; null where none was named. */
export async function findFilter(call: Call, named: string | undefined): Promise<Profile | Problem | null> {
  if (named === undefined) return null;
  const found = await findCustomer(call, named);
  return found?.state === "active" ? found : missing("customer", named, { param: "customer", status: 400 });
}
