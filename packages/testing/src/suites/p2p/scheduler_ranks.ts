import assert from "node:assert/strict";
import { schedulerApp } from "@wadi/apps";
import { scheduler, type PublicKey } from "@wadi/types";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly workers: number;
  readonly backup_workers: number;
  readonly vectors: readonly {
    readonly round: string;
    readonly rank_of_member_index: readonly (number | null)[];
    readonly member_index_of_rank_0_to_3: readonly (number | null)[];
  }[];
}

const memberKey = (index: number): PublicKey => index.toString(16).padStart(64, "0") as PublicKey;

/** Which member of a committee schedules with which rank. */
export const suite: Suite = {
  file: "p2p/scheduler_ranks",
  run(r: Recorder): void {
    const file = loadVector<File>("p2p/scheduler_ranks");
    if (!file) return;
    const { worker, backupWorker } = scheduler.committeeRoles;
    const members = Array.from({ length: file.workers + file.backup_workers }, (_, i) => ({
      role: i < file.workers ? worker : backupWorker,
      publicKey: memberKey(i),
    }));
    const committee: scheduler.Committee = { ...scheduler.Committee.zero(), members };
    for (const vector of file.vectors) {
      const round = BigInt(vector.round);
      r.case(`round ${vector.round}: rank of each member`, () => {
        const ranks = members.map(({ publicKey }) => schedulerApp.schedulerRank(committee, round, publicKey));
        assert.deepEqual(
          ranks.map((rank) => (rank === undefined ? null : Number(rank))),
          vector.rank_of_member_index,
        );
      });
      r.case(`round ${vector.round}: member of each rank`, () => {
        const indices = [0n, 1n, 2n, 3n].map((rank) => schedulerApp.schedulerIndex(committee, round, rank) ?? null);
        assert.deepEqual(indices, vector.member_index_of_rank_0_to_3);
      });
    }
  },
};
