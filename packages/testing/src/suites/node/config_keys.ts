import assert from "node:assert/strict";
import { configTable, formatDuration, keyOf, type Option } from "@wadi/config";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Key {
  readonly path: string;
  readonly go_type: string;
  readonly default: unknown;
}

interface Leaf {
  readonly type: string;
  readonly value: unknown;
}

/** All options with their dotted paths, `[]` after lists. */
function leaves(option: Option<unknown>, path: string, into: Map<string, Leaf>): void {
  if (option.members === undefined || option.type.startsWith("[]")) {
    into.set(path, { type: option.type, value: option.fallback() });
  }
  const prefix = option.type.startsWith("[]") ? `${path}[].` : path === "" ? "" : `${path}.`;
  for (const [property, member] of Object.entries(option.members ?? {})) {
    leaves(member as Option<unknown>, `${prefix}${keyOf(property)}`, into);
  }
}

const asRecorded = ({ type, value }: Leaf): unknown => {
  if (type === "time.Duration") return formatDuration(value as number);
  return typeof value === "bigint" ? Number(value) : value;
};

/** Types whose names differ because ours say less or more. */
const SIMPLE_TYPES = /^(string|bool|float64|time\.Duration|u?int(8|16|32|64)?|\[\]string|map\[string\]string)$/;

/** Every key of the configuration file with its default. */
export const suite: Suite = {
  file: "node/config_keys",
  run(r: Recorder): void {
    const file = loadVector<{ readonly keys: readonly Key[] }>("node/config_keys");
    if (!file) return;
    const ours = new Map<string, Leaf>();
    leaves(configTable as Option<unknown>, "", ours);
    for (const { path, go_type: type, default: fallback } of file.keys) {
      r.case(path, () => {
        const leaf = ours.get(path);
        assert.ok(leaf !== undefined, "not an option");
        ours.delete(path);
        if (SIMPLE_TYPES.test(type)) assert.equal(leaf.type, type);
        if (path.includes("[]") || (fallback === null && asRecorded(leaf) === undefined)) return;
        assert.deepEqual(asRecorded(leaf), fallback ?? []);
      });
    }
    r.case("no others", () => assert.deepEqual([...ours.keys()], []));
  },
};
