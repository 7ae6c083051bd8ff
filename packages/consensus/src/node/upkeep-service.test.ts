import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckpointRun } from "@wadi/mkvs";
import { consensusGenesis } from "@wadi/types";

import { UpkeepService, type UpkeepParts } from "./upkeep-service.ts";

const parameters = consensusGenesis.Parameters.zero();
const NOTHING: CheckpointRun = { created: [], dropped: [], failures: [] };

/** Counts runs and ends the test's wait after some. */
class Upkeep {
  readonly checkpoints: bigint[] = [];
  readonly enough = Promise.withResolvers<void>();
  readonly failures: unknown[] = [];
  result: () => Promise<CheckpointRun> = () => Promise.resolve(NOTHING);

  checkpoint(trigger: { readonly version: bigint }): Promise<CheckpointRun> {
    this.checkpoints.push(trigger.version);
    if (this.checkpoints.length === 3) this.enough.resolve();
    return this.result();
  }

  prune(): Promise<number> {
    return Promise.resolve(0);
  }

  /** Each look at the chain finds one block more. */
  parts(): UpkeepParts {
    let height = 0;
    return {
      upkeep: this,
      machine: {
        get lastHeight() {
          return ++height;
        },
        parameters,
      },
      onFailure: (_what, error) => void this.failures.push(error),
    };
  }
}

const often = { pruneIntervalMs: 60_000, checkpointIntervalMs: 1 };

test("checkpoints are looked for after new blocks, until the node stops", async () => {
  const upkeep = new Upkeep();
  {
    await using _service = new UpkeepService(upkeep.parts(), often);
    await upkeep.enough.promise;
  }
  const { length } = upkeep.checkpoints;
  await new Promise(setImmediate);
  assert.deepEqual(upkeep.checkpoints.slice(0, 3), [1n, 2n, 3n]);
  assert.equal(upkeep.checkpoints.length, length);
  assert.deepEqual(upkeep.failures, []);
});

test("a failed run is told, and the next one comes", async () => {
  const upkeep = new Upkeep();
  const lost = new Error("disk full");
  upkeep.result = () =>
    upkeep.checkpoints.length === 1
      ? Promise.reject(lost)
      : Promise.resolve({ ...NOTHING, failures: [{ version: 1n, action: "create", error: lost }] });
  {
    await using _service = new UpkeepService(upkeep.parts(), often);
    await upkeep.enough.promise;
  }
  assert.ok(upkeep.failures.length >= 2 && upkeep.failures.every((e) => e === lost));
});

test("a chain that stands still needs no second look", async () => {
  const upkeep = new Upkeep();
  const parts = { ...upkeep.parts(), machine: { lastHeight: 7, parameters } };
  {
    await using _service = new UpkeepService(parts, often);
    while (upkeep.checkpoints.length === 0) await new Promise(setImmediate);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  }
  assert.deepEqual(upkeep.checkpoints, [7n]);
});
