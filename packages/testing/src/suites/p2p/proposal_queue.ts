import assert from "node:assert/strict";
import { roothash } from "@wadi/types";
import { ProposalQueue } from "@wadi/worker-core";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

type Op = { readonly round: number } & (
  | {
      readonly op: "add";
      readonly rank: number;
      readonly error: string;
      readonly permanent: boolean;
      readonly len: number;
    }
  | { readonly op: "prune"; readonly len: number }
  | { readonly op: "reject"; readonly rank: number }
  | {
      readonly op: "best";
      readonly min_rank: number;
      readonly max_rank: number;
      readonly exclude: readonly number[];
      readonly result_rank: number | null;
    }
);

function carryOut(queue: ProposalQueue, op: Op): void {
  const round = BigInt(op.round);
  switch (op.op) {
    case "add": {
      const zero = roothash.Proposal.zero();
      const refusal = queue.add({ ...zero, header: { ...zero.header, round } }, BigInt(op.rank));
      assert.equal(refusal?.reason ?? "", op.error);
      assert.equal(refusal?.permanent ?? false, op.permanent);
      assert.equal(queue.size, op.len);
      break;
    }
    case "prune":
      queue.prune(round);
      assert.equal(queue.size, op.len);
      break;
    case "reject":
      queue.reject(round, BigInt(op.rank));
      break;
    case "best": {
      const isExcluded = (rank: bigint): boolean => op.exclude.includes(Number(rank));
      const best = queue.best(round, BigInt(op.min_rank), BigInt(op.max_rank), isExcluded);
      assert.equal(best === undefined ? null : Number(best.rank), op.result_rank);
      break;
    }
    default:
      assert.fail(`unknown step ${JSON.stringify(op)}`);
  }
}

/** Steps on the executor's queue of pending proposals. */
export const suite: Suite = {
  file: "p2p/proposal_queue",
  run(r: Recorder): void {
    const file = loadVector<{ readonly ops: readonly Op[] }>("p2p/proposal_queue");
    if (!file) return;
    const queue = new ProposalQueue();
    for (const [i, op] of file.ops.entries()) r.case(`step ${i}: ${op.op}`, () => carryOut(queue, op));
  },
};
