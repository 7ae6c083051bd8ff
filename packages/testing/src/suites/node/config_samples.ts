import assert from "node:assert/strict";
import { parseConfig } from "@wadi/config";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly samples: Readonly<Record<string, string>>;
  readonly network: unknown;
}

/** Example documents of every role, which must be accepted. */
export const suite: Suite = {
  file: "node/config_samples",
  run(r: Recorder): void {
    const file = loadVector<File>("node/config_samples");
    if (!file) return;
    for (const [name, yaml] of Object.entries(file.samples)) {
      r.case(name, () => {
        const config = parseConfig(yaml, name, {});
        const [, mode] = /^mode: *"?(\w+)/m.exec(yaml) ?? [];
        assert.equal(config.mode, mode ?? "client");
        assert.notEqual(config.common.dataDir, "");
      });
    }
    r.leaveOut("parameters of public networks, which no configuration holds", 1);
  },
};
