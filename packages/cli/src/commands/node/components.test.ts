import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "@wadi/config";
import { decodeLocalConfig } from "@wadi/runtime-protocol";
import { Logging } from "@wadi/telemetry";

import { localConfigs, refuseEnclaves, warnOfIdleComponents } from "./components.ts";

const id = (digit: string): string => `80${"00".repeat(30)}0${digit}`;
const runtimeOf = (yaml: string) => parseConfig(`runtime:\n${yaml}`, "config.yml", {}).runtime;
const decoded = (yaml: string) =>
  Object.fromEntries(Array.from(localConfigs(runtimeOf(yaml)), ([key, value]) => [key, decodeLocalConfig(value)]));

test("of three places the first that is there says what a runtime is told", () => {
  const yaml = `
  runtimes:
    - { id: "${id("1")}", config: { from: runtime }, components: [{ id: ronl, config: { from: component } }] }
    - { id: "${id("2")}", config: { from: runtime }, components: [{ id: rofl.a, config: { from: rofl } }] }
    - { id: "${id("3")}", config: { from: runtime }, components: [ronl] }
    - { id: "${id("4")}" }
  config:
    "${id("1")}": { from: top }
    "${id("4")}": { from: top }
    "${id("5")}": { from: top, list: [1, -2, "x"], nested: { on: true, off: null } }
`;
  assert.deepEqual(decoded(yaml), {
    [id("1")]: { from: "component" },
    [id("2")]: { from: "runtime" },
    [id("3")]: {},
    [id("4")]: {},
    [id("5")]: { from: "top", list: [1, -2, "x"], nested: { on: true, off: null } },
  });
  assert.deepEqual(decoded("  paths: []\n"), {});
});

test("what runtimes cannot read is named with its place", () => {
  const one = `  runtimes: [{ id: "${id("1")}", config: { rate: { low: 0.5 } } }]\n`;
  assert.throws(() => localConfigs(runtimeOf(one)), {
    name: "StartFailure",
    message: /^runtime\.runtimes\.config of runtime 80.*: rate\.low: 0\.5 is not an integer/,
  });
  assert.throws(() => localConfigs(runtimeOf(`  config: { "${id("1")}": 7 }\n`)), { message: /is no map$/ });
});

test("settings of components without an effect are named, and an enclave is not run in the clear", () => {
  const lines: string[] = [];
  const logging = new Logging({ format: "json", thresholds: { default: "warn" }, write: (line) => lines.push(line) });
  const yaml = `
  runtimes:
    - id: "${id("1")}"
      components:
        - { id: ronl, tee: none, disabled: true, permissions: [log_view], networking: { incoming: [{ src_port: 1 }] } }
        - { id: rofl.oracle, permissions: [log_view] }
        - rofl.other
    - { id: "${id("2")}", components: [{ id: ronl, config: { a: 1 } }] }
`;
  const runtime = runtimeOf(yaml);
  warnOfIdleComponents(runtime, logging.logger("oasis-node"));
  const records = lines.map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
  assert.deepEqual(
    records.map(({ component, key, runtime_id }) => [runtime_id, component, key]),
    [
      [id("1"), "ronl", "runtime.runtimes.components.disabled"],
      [id("1"), "ronl", "runtime.runtimes.components.networking"],
      [id("1"), "ronl", "runtime.runtimes.components.permissions"],
      [id("1"), "rofl.oracle", "runtime.runtimes.components"],
      [id("1"), "rofl.other", "runtime.runtimes.components"],
    ],
  );
  refuseEnclaves(runtime);
  for (const tee of ["sgx", "tdx"]) {
    const confidential = runtimeOf(`  runtimes: [{ id: "${id("1")}", components: [{ id: ronl, tee: ${tee} }] }]\n`);
    assert.throws(() => refuseEnclaves(confidential), { message: new RegExp(`kind '${tee}' is not available$`) });
  }
});
