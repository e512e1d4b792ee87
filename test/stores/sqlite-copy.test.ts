/** A book that is copied from one folder into another. */
import { copyTests } from "./copy-suite.ts";
import { folderGround } from "./folder-ground.ts";

copyTests("from a folder into a folder", { from: folderGround, to: folderGround });
