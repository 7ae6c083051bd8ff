import assert from "node:assert/strict";
import { MainQueue } from "@wadi/worker-core";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type Op = { readonly size: number } & (
  | {
      readonly op: "add";
      readonly error: string;
      readonly priority: number;
      readonly sender: string;
      readonly seq: number;
      readonly state_seq: number;
      readonly tx: number;
    }
  | { readonly op: "schedule" | "schedule_extra"; readonly limit: number; readonly txs: readonly number[] }
  | { readonly op: "tx_used"; readonly tx: number }
  | { readonly op: "drain"; readonly removed: number }
);

function carryOut(queue: MainQueue, op: Op): void {
  switch (op.op) {
    case "add": {
      const refusal = queue.add({
        hash: `tx ${op.tx}`,
        raw: new Uint8Array(0),
        sender: op.sender,
        sequence: BigInt(op.seq),
        stateSequence: BigInt(op.state_seq),
        priority: BigInt(op.priority),
      });
      assert.equal(refusal ?? "", op.error);
      break;
    }
    case "schedule":
    case "schedule_extra": {
      const txs = op.op === "schedule" ? queue.schedule(op.limit) : queue.scheduleExtra(op.limit);
      assert.deepEqual(
        txs.map(({ hash }) => hash),
        op.txs.map((tx) => `tx ${tx}`),
      );
      break;
    }
    case "tx_used":
      queue.used([`tx ${op.tx}`]);
      break;
    case "drain":
      assert.equal(queue.drain().length, op.removed);
      break;
  }
  assert.equal(queue.size, op.size, "size");
}

/** Sequences of operations on the main queue of a runtime's transaction pool. */
export const suite: Suite = {
  file: "p2p/txpool_main_queue",
  run(r: Recorder): void {
    const file = loadVector<{ readonly cases: readonly { readonly capacity: number; readonly ops: readonly Op[] }[] }>(
      "p2p/txpool_main_queue",
    );
    if (!file) return;
    for (const [i, { capacity, ops }] of file.cases.entries()) {
      const queue = new MainQueue(capacity);
      for (const [j, op] of ops.entries()) r.case(`case ${i}, step ${j}: ${op.op}`, () => carryOut(queue, op));
    }
  },
};
