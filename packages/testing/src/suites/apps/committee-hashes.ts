// The part of apps/runtime-hashes about ranks of schedulers and voting power.
import assert from "node:assert/strict";
import { schedulerApp } from "@wadi/apps";
import { create } from "@wadi/codec";
import { publicKeyFromHex, type PublicKey } from "@wadi/crypto";
import { scheduler } from "@wadi/types";

import type { Recorder } from "../../ledger.ts";

export interface CommitteeFile {
  readonly scheduler_by_rank: readonly {
    readonly workers: number;
    readonly round: string;
    readonly index_by_rank: readonly number[];
  }[];
  readonly voting_power: readonly { readonly stake: string; readonly linear: string; readonly sqrt: string }[];
}

const { worker, backupWorker } = scheduler.committeeRoles;

function key(index: number): PublicKey {
  return publicKeyFromHex((index + 1).toString(16).padStart(2, "0").repeat(32));
}

/** With one backup worker, which never schedules. */
function committeeOf(workers: number): scheduler.Committee {
  const members = Array.from({ length: workers }, (_, index) => ({ role: worker, publicKey: key(index) }));
  return create(scheduler.Committee, { members: [...members, { role: backupWorker, publicKey: key(workers) }] });
}

function power(stake: bigint, distribution: number): string {
  try {
    return scheduler.votingPowerFromStake(stake, distribution).toString();
  } catch {
    return "error";
  }
}

export function runCommitteeHashes(r: Recorder, file: CommitteeFile): void {
  for (const { workers, round: text, index_by_rank: expected } of file.scheduler_by_rank) {
    r.case(`schedulers of round ${text} among ${workers}`, () => {
      const committee = committeeOf(workers);
      const round = BigInt(text);
      for (const [rank, index] of expected.entries()) {
        assert.equal(schedulerApp.schedulerIndex(committee, round, BigInt(rank)), index, `rank ${rank}`);
        assert.equal(schedulerApp.schedulerRank(committee, round, key(index)), BigInt(rank), `index ${index}`);
      }
      assert.equal(schedulerApp.schedulerIndex(committee, round, BigInt(workers)), undefined);
      assert.equal(schedulerApp.schedulerRank(committee, round, key(workers)), undefined);
    });
  }
  const { linear, squareRoot } = scheduler.votingPowerDistributions;
  for (const { stake, linear: byStake, sqrt } of file.voting_power) {
    r.case(`voting power of ${stake}`, () => {
      assert.equal(power(BigInt(stake), linear), byStake);
      assert.equal(power(BigInt(stake), squareRoot), sqrt);
    });
  }
}
