import type { Suite } from "../../ledger.ts";
import { runCheckpointFile } from "./checkpoints.ts";

/** One sequential checkpoint, every byte. */
export const suite: Suite = {
  file: "mkvs/checkpoint-sequential",
  run: (r) => runCheckpointFile("mkvs/checkpoint-sequential", r),
};
