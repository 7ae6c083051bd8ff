import type { Suite } from "../../ledger.ts";
import { runCheckpointFile } from "./checkpoints.ts";

/** One checkpoint of the parallel chunker as the node uses it, every byte. */
export const suite: Suite = {
  file: "mkvs/checkpoint-parallel12",
  run: (r) => runCheckpointFile("mkvs/checkpoint-parallel12", r),
};
