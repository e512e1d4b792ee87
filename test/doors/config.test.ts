import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../../src/doors/cli/config.ts";

test("Square's unlinked refunds are off until a flag, or else the environment, switches them on", () => {
  const unlinked = (flag: string | undefined, env: string | undefined) => {
    const config = readConfig({ squareUnlinked: flag }, { REFUNDRY_SQUARE_UNLINKED: env });
    return "mistake" in config ? config.mistake : config.squareUnlinked;
  };
  assert.deepEqual([unlinked(undefined, undefined), unlinked("on", undefined), unlinked(undefined, "on"), unlinked("off", "on"), unlinked("on", "off")], [false, true, true, false, true]);
  for (const [flag, env] of [["yes", undefined], [undefined, "true"], ["", undefined]] as const) assert.match(String(unlinked(flag, env)), /does not say whether .* Give 'on' or 'off'\.$/);
});
