// An application that wants another program for the next block: the engine stops in order, and the
// block that it stopped at is decided again after the restart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrApplicationStop, type Application } from "@wadi/comet-core";
import { WadiError, must } from "@wadi/util";
import { CrashDisk } from "./testing/crash-disk.ts";
import { SyncNode } from "./testing/sync-node.ts";
import type { TestApplication } from "./testing/test-application.ts";
import { fastConfig, testGenesis, testValidators } from "./testing/test-chain.ts";

const signers = testValidators(1);
const signer = must(signers[0]);
const genesis = testGenesis(signers);
const STOP_HEIGHT = 3;

function run(disk: CrashDisk, application: TestApplication, clock: { time: bigint; ms: number }): SyncNode {
  const { database, wal, signState } = disk;
  const options = { database, wal, signState, application, genesis, config: fastConfig(), clock };
  const node = new SyncNode({ ...options, signer });
  node.start();
  return node;
}

type Call = "prepareProposal" | "processProposal" | "finalizeBlock";

/** The application stops in this call at STOP_HEIGHT. */
function stopAt(application: TestApplication, call: Call): void {
  const check = ({ height }: { readonly height: number }): void => {
    if (height === STOP_HEIGHT) throw new WadiError(ErrApplicationStop, { cause: new Error("upgrade") });
  };
  const { prepareProposal, finalizeBlock } = application;
  const replaced: Pick<Application, Call> = {
    prepareProposal: (request) => (check(request), prepareProposal.call(application, request)),
    processProposal: (block) => (check(block), true),
    finalizeBlock: (block) => (check(block), finalizeBlock.call(application, block)),
  };
  Object.assign(application, { [call]: replaced[call] });
}

for (const call of ["prepareProposal", "processProposal", "finalizeBlock"] as const) {
  test(`a stop in ${call} ends the engine without error; the block comes again`, () => {
    const disk = new CrashDisk();
    const clock = { time: genesis.genesisTime + 1_000_000_000n, ms: 0 };
    const old = disk.application();
    stopAt(old, call);
    const node = run(disk, old, clock);
    while (!node.engine.isStopped) assert.ok(node.step(), "goes on until the stop");
    assert.deepEqual(node.outputs.at(-1), { kind: "stop" });
    assert.equal(node.blocks.height, STOP_HEIGHT - 1, "the block is not stored");
    assert.deepEqual(node.engine.proceed(), [], "nothing is done after the stop");
    const proposed = node.engine.view.proposal?.blockId.hash;

    disk.restart("machine", 0);
    const again = run(disk, disk.application(), clock);
    again.runTo(STOP_HEIGHT + 2);
    assert.equal(again.engine.isStopped, false);
    if (call === "finalizeBlock") {
      assert.equal(again.blocks.loadMeta(STOP_HEIGHT)?.blockId.hash, proposed, "the decided block, from the log");
    }
  });
}

test("any other error of the application passes, and the engine stays stopped", () => {
  const disk = new CrashDisk();
  const clock = { time: genesis.genesisTime + 1_000_000_000n, ms: 0 };
  const application = disk.application();
  const failure = new Error("broken state");
  application.finalizeBlock = () => {
    throw failure;
  };
  const node = run(disk, application, clock);
  assert.throws(
    () => node.runTo(1),
    (e) => e === failure,
  );
  assert.equal(node.engine.isStopped, true);
  assert.deepEqual(node.engine.handle({ kind: "txs-available" }), []);
});
