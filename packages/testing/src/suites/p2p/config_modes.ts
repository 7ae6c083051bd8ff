import assert from "node:assert/strict";
import { MODES, parseConfig } from "@wadi/config";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly known_modes: readonly string[];
  readonly rejected_modes: readonly string[];
  readonly unknown_mode_error: string;
  readonly local_storage_false: readonly {
    readonly mode: string;
    readonly validator: boolean;
    readonly error: string | null;
  }[];
}

const check = (yaml: string, error: string | null): void => {
  const load = (): unknown => parseConfig(yaml, "FILE", {});
  if (error === null) load();
  else assert.throws(load, { message: error });
};

/** Modes of a node, and those that may do without local storage. */
export const suite: Suite = {
  file: "p2p/config_modes",
  run(r: Recorder): void {
    const file = loadVector<File>("p2p/config_modes");
    if (!file) return;
    r.case("all modes", () => assert.deepEqual([...MODES].sort(), [...file.known_modes].sort()));
    for (const mode of file.known_modes) r.case(mode, () => check(`mode: "${mode}"`, null));
    for (const mode of file.rejected_modes) {
      r.case(`no mode: "${mode}"`, () => check(`mode: "${mode}"`, file.unknown_mode_error.replace("<mode>", mode)));
    }
    for (const { mode, validator, error } of file.local_storage_false) {
      r.case(`${mode}${validator ? " and validator" : ""} without local storage`, () => {
        check(`mode: ${mode}\nconsensus: {local_storage: false, validator: ${validator}}`, error);
      });
    }
  },
};
