import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { runCommitteeHashes, type CommitteeFile } from "./committee-hashes.ts";
import { runFaultSequence, type FaultFile } from "./fault-sequence.ts";
import { runRoothashHashes, type HashFile } from "./roothash-hashes.ts";

/** Derived values of several applications, a part of the file each. */
export const suite: Suite = {
  file: "apps/runtime-hashes",
  run(r: Recorder): void {
    const file = loadVector<FaultFile & HashFile & CommitteeFile>("apps/runtime-hashes");
    if (!file) return;
    runFaultSequence(r, file);
    runRoothashHashes(r, file);
    runCommitteeHashes(r, file);
  },
};
