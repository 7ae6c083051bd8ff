import assert from "node:assert/strict";
import { test } from "node:test";
import { optionKeys, parseConfig } from "@wadi/config";
import { Logging } from "@wadi/telemetry";

import { effectiveKeys, idleKeys, warnOfIdleOptions } from "./config-effects.ts";

test("every option either has an effect or says why it has none", () => {
  assert.deepEqual(
    optionKeys.filter((key) => effectiveKeys.has(key) === idleKeys.has(key)),
    [],
  );
  const known = new Set(optionKeys);
  assert.deepEqual(
    [...effectiveKeys, ...idleKeys.keys()].filter((key) => !known.has(key)),
    [],
  );
});

test("options that are set and have no effect are named, others are not", () => {
  const lines: string[] = [];
  const logging = new Logging({ format: "json", thresholds: { default: "warn" }, write: (line) => lines.push(line) });
  const yaml = `
mode: validator
consensus: { p2p: { persistent_peers: [x], send_rate: 5120000 }, prune: { num_kept: 7 } }
metrics: { mode: pull }
sentry: { control: { port: 1 } }
`;
  warnOfIdleOptions(parseConfig(yaml, "config.yml", {}), logging.logger("oasis-node"));
  const records = lines.map((line) => JSON.parse(line) as { readonly key: string; readonly reason: string });
  assert.deepEqual(
    records.map(({ key }) => key),
    ["consensus.p2p.persistent_peers", "metrics.mode", "sentry.control.port"],
  );
  assert.equal(records[0]?.reason, "nodes do not connect to each other yet");
});
