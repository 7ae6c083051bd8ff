import assert from "node:assert/strict";
import { Status } from "@wadi/api";
import { decodeJson, encodeJson } from "@wadi/codec";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

/** The output of `control status` of nodes in several modes. */
export const suite: Suite = {
  file: "node/control_status_samples",
  run(r: Recorder): void {
    const file = loadVector<Readonly<Record<string, unknown>>>("node/control_status_samples");
    if (!file) return;
    for (const [name, sample] of Object.entries(file)) {
      if (name === "about") continue;
      const text = JSON.stringify(sample, null, 2).replaceAll("18446744073709552000", "18446744073709551615");
      r.case(name, () => {
        const status = decodeJson(Status, text);
        assert.equal(
          JSON.stringify(JSON.parse(encodeJson(Status, status)), null, 2),
          JSON.stringify(JSON.parse(text), null, 2),
        );
      });
    }
  },
};
