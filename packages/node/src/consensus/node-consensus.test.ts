import assert from "node:assert/strict";
import { test } from "node:test";
import { accountSigner, noQuotes, testGenesis } from "@wadi/consensus/testing";
import { Logging } from "@wadi/telemetry";

import type { NodeOptions } from "../node-options.ts";
import { validatorOptions } from "./node-consensus.ts";

const options: NodeOptions = {
  document: testGenesis({ validators: ["a"] }),
  dataDir: "/nowhere",
  mode: "validator",
  bundles: [],
  addresses: { p2pAddresses: [], consensusAddresses: [] },
  quotes: noQuotes,
  logging: new Logging({ format: "logfmt", thresholds: { default: "error" }, write: () => undefined }),
};

test("what is said of the chain reaches it, and what is not said is left to its defaults", () => {
  const { debug, fees, halt, local, makesCheckpoints, provesVrf, prune, upkeep } = validatorOptions(options);
  assert.deepEqual([debug, fees, halt, local, prune, upkeep], Array(6).fill(undefined));
  assert.deepEqual([makesCheckpoints, provesVrf], [true, false], "who has no owner takes no part in elections");
  const said = validatorOptions({
    ...options,
    entityId: accountSigner("a").publicKey,
    halt: { height: 9 },
    makesCheckpoints: false,
    minGasPrice: 0n,
    prune: { kind: "keep", versions: 5n },
  });
  assert.deepEqual(said.local, { minGasPrice: 0n });
  assert.deepEqual([said.makesCheckpoints, said.provesVrf], [false, true]);
  assert.deepEqual([said.halt, said.prune], [{ height: 9 }, { kind: "keep", versions: 5n }]);
});
