import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { runFaultSequence, type FaultFile } from "./fault-sequence.ts";

/** Derived values of several applications, a part of the file each. */
export const suite: Suite = {
  file: "apps/runtime-hashes",
  partial: true,
  run(r: Recorder): void {
    const file = loadVector<FaultFile>("apps/runtime-hashes");
    if (!file) return;
    runFaultSequence(r, file);
  },
};
