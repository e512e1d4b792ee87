/** Settings of the server under which an acknowledged refund can be lost, in words for those who run it. */

export type Settings = [fsync: string, fullPageWrites: string, synchronousCommit: string, synchronousStandbys: string];

/** What `synchronous_commit` may be set to and would acknowledge what could still be lost. */
export const TOO_LOOSE: readonly string[] = ["off", "local", "remote_write"];

export function dangersIn([fsync, fullPageWrites, synchronousCommit, synchronousStandbys]: Settings): string[] {
  const found: string[] = [];
  if (fsync === "off") found.push("fsync is off: when the power or the system fails, acknowledged refunds are lost and the book may be damaged. Set fsync = on.");
  if (fullPageWrites === "off") found.push("full_page_writes is off: a page that was half written when the power failed cannot be restored. Set full_page_writes = on.");
  if (synchronousCommit === "off") {
    found.push("synchronous_commit is off: Refundry asks for it in each of its own transactions, but what others write into this database can be lost. Set synchronous_commit = on.");
  }
  if (synchronousStandbys !== "" && synchronousCommit === "local") {
    found.push("synchronous_commit is local, and a synchronous standby is named: others' writes do not wait for it. Set synchronous_commit = on.");
  }
  if (synchronousStandbys !== "" && synchronousCommit === "remote_write") {
    found.push(
      "synchronous_commit is remote_write, and a synchronous standby is named: others' writes do not wait until they are on its disk, and are lost with both systems. Set synchronous_commit = on.",
    );
  }
  return found;
}
