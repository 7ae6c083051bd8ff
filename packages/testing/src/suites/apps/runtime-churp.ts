import assert from "node:assert/strict";
import { keymanagerApp } from "@wadi/apps";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { churp } from "@wadi/types";
import { fromHex, toHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly cases: readonly {
    readonly before: string;
    readonly after: string;
    readonly epoch_change: boolean;
    readonly finalized: boolean;
    readonly handoff_kind: number;
    readonly min_applicants: number;
    readonly min_committee_size: number;
  }[];
}

const { finalizeHandoff, handoffKind, minApplicants, minCommitteeSize } = keymanagerApp;

/** Attempts to complete handoffs. */
export const suite: Suite = {
  file: "apps/runtime-churp",
  run(r: Recorder): void {
    const file = loadVector<File>("apps/runtime-churp");
    if (!file) return;
    for (const [index, c] of file.cases.entries()) {
      r.case(`handoff ${index}`, () => {
        const before = decodeCbor(churp.Status, fromHex(c.before));
        assert.equal(handoffKind(before), c.handoff_kind, "kind");
        assert.equal(minApplicants(before), c.min_applicants, "applicants");
        assert.equal(minCommitteeSize(before), c.min_committee_size, "committee");
        const finalized = finalizeHandoff(before, c.epoch_change);
        assert.equal(finalized !== undefined, c.finalized, "finalized");
        assert.equal(toHex(encodeCbor(churp.Status, finalized ?? before)), c.after, "status");
      });
    }
  },
};
