// What commitments tell that are on their way to a block: workers learn early who has proposed, backup
// workers that they will be needed. Consensus has the last word.
// Reference: go/worker/compute/executor/committee/{node,discrepancy}.go (estimatePoolRank, predictDiscrepancy).
import { isRefusal, roothashApp, schedulerApp } from "@wadi/apps";
import { roothash, ValidationError, type PublicKey } from "@wadi/types";
import type { RoundInput } from "@wadi/worker-core";

import type { CommitteeRound } from "./round-setting.ts";

export interface ObserverParts {
  readonly setting: CommitteeRound;
  readonly allowedStragglers: number;
  /** Whose commitments need no verification. */
  readonly own: PublicKey;
  readonly verification: roothash.CommitmentVerification;
}

const NOTHING: readonly RoundInput[] = [];

/** Of one round. */
export class ObservedCommitments {
  readonly #parts: ObserverParts;
  #pool = roothashApp.newPool();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
  }

  /** Signatures of enclaves and the messages of a batch are left to consensus. */
  observe(commitment: roothash.ExecutorCommitment): readonly RoundInput[] {
    const { isBackup, isWorker } = this.#parts.setting;
    if (isWorker) return this.#schedulerCommitted(commitment);
    return isBackup && !this.#pool.discrepancy ? this.#predicted(commitment) : NOTHING;
  }

  #schedulerCommitted(commitment: roothash.ExecutorCommitment): readonly RoundInput[] {
    const { committee, round } = this.#parts.setting;
    const { header, nodeId } = commitment;
    if (nodeId !== header.schedulerId || !this.#isValid(commitment)) return NOTHING;
    const rank = schedulerApp.schedulerRank(committee, round, nodeId);
    return rank === undefined ? NOTHING : [{ kind: "scheduler-committed", rank }];
  }

  #predicted(commitment: roothash.ExecutorCommitment): readonly RoundInput[] {
    const { allowedStragglers, setting } = this.#parts;
    if (!this.#isValid(commitment)) return NOTHING;
    try {
      const more = roothashApp.addCommitment(this.#pool, setting.committee, commitment);
      const { pool, verdict } = roothashApp.processCommitments(more, setting.committee, allowedStragglers, false);
      this.#pool = pool;
      if (verdict.kind !== "discrepancy") return NOTHING;
      return [{ kind: "discrepancy", rank: pool.highestRank, isAuthoritative: false }];
    } catch (e) {
      if (isRefusal(e)) return NOTHING;
      throw e;
    }
  }

  #isValid(commitment: roothash.ExecutorCommitment): boolean {
    const { own, setting, verification } = this.#parts;
    const { header, nodeId } = commitment;
    if (header.header.round !== setting.round || header.header.previousHash !== setting.previousHash) return false;
    if (!schedulerApp.isMember(setting.committee, nodeId)) return false;
    try {
      roothash.validateExecutorCommitment(commitment);
    } catch (e) {
      if (e instanceof ValidationError) return false;
      throw e;
    }
    return nodeId === own || roothash.verifyExecutorCommitment(commitment, verification);
  }
}
