/** Loaded before Refundry: every sync of its log takes 20 ms longer. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const MILLIS = 20;
const { fdatasync, fdatasyncSync } = fs;
const pause = new Int32Array(new SharedArrayBuffer(4));

Object.assign(fs, {
  fdatasyncSync(file: number) {
    Atomics.wait(pause, 0, 0, MILLIS);
    fdatasyncSync(file);
  },
  fdatasync(file: number, done: fs.NoParamCallback) {
    setTimeout(() => fdatasync(file, done), MILLIS);
  },
});
syncBuiltinESMExports();
