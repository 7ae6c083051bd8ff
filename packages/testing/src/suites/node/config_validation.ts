import assert from "node:assert/strict";
import { ConfigError, parseConfig, parseSize, type Config } from "@wadi/config";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly env: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly name: string;
    readonly yaml: string;
    readonly ok: boolean;
    readonly note?: string;
    readonly error?: string;
  }[];
  readonly size_strings: readonly { readonly input: string; readonly bytes: number }[];
}

/** The values that the recording shows of accepted documents. */
const shown: Readonly<Record<string, (config: Config) => string>> = {
  mode: ({ mode }) => `mode="${mode}"`,
  data_dir: ({ common }) => `data_dir="${common.dataDir}"`,
  level: ({ common }) => {
    const levels = Object.entries(common.log.level).sort(([a], [b]) => (a < b ? -1 : 1));
    return `level=map[${levels.map(([module, level]) => `${module}:${level}`).join(" ")}]`;
  },
  reg: ({ runtime }) => `reg=[${runtime.registries.join(" ")}]`,
};

/** Documents with what the reference's parser says of them. */
export const suite: Suite = {
  file: "node/config_validation",
  run(r: Recorder): void {
    const file = loadVector<File>("node/config_validation");
    if (!file) return;
    for (const { name, yaml, ok, note = "", error } of file.cases) {
      r.case(name, () => {
        if (!ok) {
          assert.throws(
            () => parseConfig(yaml, "FILE", file.env),
            (e) => e instanceof ConfigError && e.message === error,
            error,
          );
          return;
        }
        const config = parseConfig(yaml, "FILE", file.env);
        const [value] = note.split("=");
        const show = shown[value ?? ""];
        if (show !== undefined) assert.equal(show(config), note);
        else if (note !== "")
          assert.deepEqual(config.runtime.runtimes[0]?.components[0]?.id, { kind: "ronl", name: "" });
      });
    }
    for (const { input, bytes } of file.size_strings) {
      r.case(`size ${JSON.stringify(input)}`, () => assert.equal(parseSize(input), bytes));
    }
  },
};
