// Which nodes of a committee were live enough in the epoch that ends.
// Reference: go/consensus/cometbft/apps/roothash/liveness.go, go/roothash/api/liveness.go.
import { registry, staking, type PublicKey, type roothash } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { refuse } from "../framework/errors.ts";
import { FREEZE_FOREVER, frozenUntil, isSuspended, recordFailure, recordSuccess } from "../registry/node-status.ts";
import { nodeStatus, setNodeStatus } from "../registry/state.ts";
import { committeeWorkers } from "../scheduler/committee.ts";
import { slashForLiveness } from "./slashing.ts";
import type { RuntimeState } from "./state.ts";

type LivenessStatistics = roothash.LivenessStatistics;
type ExecutorParameters = registry.ExecutorParameters;

const NO_PENALTY: staking.Slash = { amount: 0n, freezeInterval: 0n };
const DEFAULT_MAX_FAILURES = 255;

/** Counters of a committee that begins its epoch, one of each kind for each member. */
export function newLivenessStatistics(members: number): LivenessStatistics {
  const zeros: readonly bigint[] = Array.from({ length: members }, () => 0n);
  return { totalRounds: 0n, goodRounds: zeros, finalizedProposals: zeros, missedProposals: zeros };
}

/** Counters by member. */
export type MemberCounter = "goodRounds" | "finalizedProposals" | "missedProposals";

/** One more on a member's counter. */
export function counted(stats: LivenessStatistics, counter: MemberCounter, member: number): LivenessStatistics {
  const counters = must(stats[counter], counter);
  return { ...stats, [counter]: counters.with(member, must(counters[member], counter) + 1n) };
}

/** What one member did in the epoch. */
export interface MemberRecord {
  readonly goodRounds: bigint;
  readonly finalizedProposals: bigint;
  readonly missedProposals: bigint;
}

/** True if a member took part in enough of all rounds and did not miss too many of its own proposals. */
export function isLive(totalRounds: bigint, record: MemberRecord, executor: ExecutorParameters): boolean {
  const minGoodRounds = (totalRounds * BigInt(executor.minLiveRoundsPercent)) / 100n;
  if (record.goodRounds < minGoodRounds) return false;
  const percent = BigInt(executor.maxMissedProposalsPercent);
  if (percent === 0n) return true;
  const proposals = record.missedProposals + record.finalizedProposals;
  return record.missedProposals <= (proposals * percent) / 100n;
}

function recordOf(stats: LivenessStatistics, member: number): MemberRecord {
  const at = (counter: MemberCounter): bigint => must(stats[counter]?.[member], counter);
  return {
    goodRounds: at("goodRounds"),
    finalizedProposals: at("finalizedProposals"),
    missedProposals: at("missedProposals"),
  };
}

/** Judges the workers of a runtime for the epoch before `epoch`; nodes that are suspended at `epoch` are left alone. */
export function evaluateLiveness(ctx: Context, epoch: bigint, state: RuntimeState): void {
  const { committee, commitmentPool, livenessStats, suspended, runtime } = state;
  if (committee === null || commitmentPool === null || livenessStats === null || suspended) return;
  const { totalRounds } = livenessStats;
  if (totalRounds === 0n || totalRounds < runtime.executor.minLiveRoundsEval) return;
  for (const [member, { publicKey }] of committeeWorkers(committee).entries()) {
    const status =
      nodeStatus(ctx.state, publicKey) ??
      refuse(registry.ErrNoSuchNode, "committee member without a status", { node: publicKey });
    if (isSuspended(status, runtime.id, epoch)) continue;
    const changed = isLive(totalRounds, recordOf(livenessStats, member), runtime.executor)
      ? recordSuccess(status, runtime.id, epoch)
      : afterFailure(ctx, publicKey, status, runtime, epoch);
    setNodeStatus(ctx.state, publicKey, changed);
  }
}

/** Too many failures freeze the node, possibly forever, and cost stake. */
function afterFailure(
  ctx: Context,
  nodeId: PublicKey,
  status: registry.NodeStatus,
  { id, executor, staking: terms }: registry.Runtime,
  epoch: bigint,
): registry.NodeStatus {
  const failed = recordFailure(status, id, epoch);
  const maxFailures = executor.maxLivenessFails === 0 ? DEFAULT_MAX_FAILURES : executor.maxLivenessFails;
  if (must(failed.faults.get(id), "fault record").failures < maxFailures) return failed;
  const { amount, freezeInterval } = terms.slashing.get(staking.slashReasons.runtimeLiveness) ?? NO_PENALTY;
  const end = epoch > FREEZE_FOREVER - freezeInterval ? FREEZE_FOREVER : epoch + freezeInterval;
  slashForLiveness(ctx, nodeId, amount);
  return frozenUntil(failed, end);
}
