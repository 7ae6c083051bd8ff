// The pool of executor commitments of one round: who voted for which result under which
// scheduler, and when that is enough. Pure: a pool is a value, the rules give a new one.
// Workers vote first (discrepancy detection); where they disagree backup workers decide
// (discrepancy resolution). Reference: go/roothash/api/commitment/pool.go, votes.go.
import { roothash, scheduler, type Hash } from "@wadi/types";
import { must, type ErrorKind } from "@wadi/util";

import { refuse } from "../framework/errors.ts";
import { committeeMembers, isBackupWorker, isMember, schedulerRank } from "../scheduler/committee.ts";

type Pool = roothash.Pool;
type ExecutorCommitment = roothash.ExecutorCommitment;
type SchedulerCommitment = roothash.SchedulerCommitment;
type Committee = scheduler.Committee;

const { worker, backupWorker } = scheduler.committeeRoles;

/** The highest rank of a pool in which no scheduler has committed. */
export const NO_RANK = (1n << 64n) - 1n;

export function newPool(): Pool {
  return { highestRank: NO_RANK, schedulerCommitments: new Map(), discrepancy: false };
}

export function isFailure({ header }: ExecutorCommitment): boolean {
  return header.failure !== roothash.executorCommitmentFailures.none;
}

/** What a commitment votes for: the hash of its results, null for a failure. */
export function voteOf(commitment: ExecutorCommitment): Hash | null {
  return isFailure(commitment) ? null : roothash.computeResultsHash(commitment.header.header);
}

/**
 * The pool with one more commitment, which must be verified. A scheduler of a better rank than all
 * before makes the pool forget the worse ones; votes under a better rank than that of the best
 * scheduler so far wait for its own. Refuses with `roothash/commitment` 5, 6, 11.
 */
export function addCommitment(pool: Pool, committee: Committee, commitment: ExecutorCommitment): Pool {
  const { nodeId, header } = commitment;
  const { schedulerId } = header;
  const { round } = header.header;
  requireRole(pool, committee, commitment);
  const rank = schedulerRank(committee, round, schedulerId);
  if (rank === undefined) {
    refuse(roothash.ErrCommitmentBadExecutorCommitment, "the scheduler is no worker of the committee", { schedulerId });
  }
  const { highestRank, discrepancy } = pool;
  if (rank > highestRank) {
    refuse(roothash.ErrCommitmentBadExecutorCommitment, "a better scheduler has committed", { rank, highestRank });
  }
  if (rank !== highestRank && discrepancy) {
    refuse(roothash.ErrCommitmentBadExecutorCommitment, "not the rank that is being resolved", { rank, highestRank });
  }
  const takesOver = rank < highestRank && nodeId === schedulerId;
  const commitments = new Map(pool.schedulerCommitments);
  if (takesOver) for (const other of pool.schedulerCommitments.keys()) if (other > rank) commitments.delete(other);
  commitments.set(rank, withVote(commitments.get(rank), commitment));
  return { highestRank: takesOver ? rank : highestRank, schedulerCommitments: commitments, discrepancy };
}

/** Any member may vote during detection (backup workers early), only backup workers during resolution. */
function requireRole({ discrepancy }: Pool, committee: Committee, { nodeId }: ExecutorCommitment): void {
  if (discrepancy) {
    if (isBackupWorker(committee, nodeId)) return;
    refuse(roothash.ErrCommitmentBadExecutorCommitment, "only backup workers resolve a discrepancy", { nodeId });
  }
  if (!isMember(committee, nodeId)) {
    refuse(roothash.ErrCommitmentNotInCommittee, "the node is not in the committee", { nodeId });
  }
}

function withVote(known: SchedulerCommitment | undefined, commitment: ExecutorCommitment): SchedulerCommitment {
  const { nodeId, header } = commitment;
  if (known?.votes.has(nodeId) === true) {
    refuse(roothash.ErrCommitmentAlreadyCommitted, "one vote for each scheduler", { nodeId });
  }
  return {
    commitment: nodeId === header.schedulerId ? commitment : (known?.commitment ?? null),
    votes: new Map(known?.votes).set(nodeId, voteOf(commitment)),
  };
}

/** The proposal that a round ends with, and who voted on it. */
export interface AcceptedProposal {
  readonly commitment: ExecutorCommitment;
  /** Node to its vote; null is a failure. */
  readonly votes: SchedulerCommitment["votes"];
}

/** What the votes of a pool amount to. */
export type PoolVerdict =
  | { readonly kind: "accepted"; readonly proposal: AcceptedProposal }
  | { readonly kind: "waiting" }
  /** Resolution has to begin. */
  | { readonly kind: "discrepancy" }
  /** The round fails; `roothash/commitment` 10, 17 or 18. */
  | { readonly kind: "failed"; readonly error: ErrorKind };

const WAITING: PoolVerdict = { kind: "waiting" };
const DISCREPANCY: PoolVerdict = { kind: "discrepancy" };

/** A verdict and the pool after it: a detected discrepancy changes the pool to resolution. */
export interface ProcessedPool {
  readonly pool: Pool;
  readonly verdict: PoolVerdict;
}

/** Judges the votes. `isTimeout`: the round's time is over, there is no more waiting for votes. */
export function processCommitments(
  pool: Pool,
  committee: Committee,
  allowedStragglers: number,
  isTimeout: boolean,
): ProcessedPool {
  const best = pool.schedulerCommitments.get(pool.highestRank);
  if (best === undefined) {
    const none: PoolVerdict = { kind: "failed", error: roothash.ErrCommitmentNoSchedulerCommitment };
    return { pool, verdict: isTimeout ? none : WAITING };
  }
  const verdict = pool.discrepancy
    ? resolve(best, countVotes(best, committee, backupWorker), isTimeout)
    : detect(pool, best, countVotes(best, committee, worker), allowedStragglers, isTimeout);
  return { pool: verdict === DISCREPANCY ? inResolution(pool, best) : pool, verdict };
}

/** Votes that backup workers gave under the rank already count from the start. */
function inResolution({ highestRank }: Pool, best: SchedulerCommitment): Pool {
  return { highestRank, schedulerCommitments: new Map([[highestRank, best]]), discrepancy: true };
}

/** Votes of the members in one role. */
interface Tally {
  /** Members in the role. */
  readonly total: number;
  /** Members that voted, with failures. */
  readonly voted: number;
  readonly failures: number;
  readonly byResult: ReadonlyMap<Hash, number>;
}

function countVotes({ votes }: SchedulerCommitment, committee: Committee, role: scheduler.Role): Tally {
  let total = 0;
  let voted = 0;
  let failures = 0;
  const byResult = new Map<Hash, number>();
  for (const member of committeeMembers(committee)) {
    if (member.role !== role) continue;
    total++;
    const vote = votes.get(member.publicKey);
    if (vote === undefined) continue;
    voted++;
    if (vote === null) failures++;
    else byResult.set(vote, (byResult.get(vote) ?? 0) + 1);
  }
  return { total, voted, failures, byResult };
}

/**
 * Different results, or more failures than stragglers are allowed, are a discrepancy. Under a
 * backup scheduler that counts only at the timeout: nodes that act together could otherwise get
 * past the schedulers of better rank by disagreeing on purpose.
 */
function detect(
  { highestRank }: Pool,
  best: SchedulerCommitment,
  { total, failures, byResult }: Tally,
  allowedStragglers: number,
  isTimeout: boolean,
): PoolVerdict {
  if (byResult.size > 1 || failures > allowedStragglers) {
    return highestRank > 0n && !isTimeout ? WAITING : DISCREPANCY;
  }
  const [agreeing = 0] = byResult.values();
  if (total - allowedStragglers - agreeing > 0) return isTimeout ? DISCREPANCY : WAITING;
  return accepted(best);
}

/** More than half of all backup workers must agree, and with the scheduler. */
function resolve(best: SchedulerCommitment, tally: Tally, isTimeout: boolean): PoolVerdict {
  const { total, voted, byResult } = tally;
  const majority = Math.floor(total / 2) + 1;
  let most = 0;
  let winner: Hash | undefined;
  for (const [result, count] of byResult) {
    if (count <= most) continue;
    most = count;
    winner = result;
  }
  const missing = total - voted;
  if (most + missing < majority || (most < majority && isTimeout)) {
    return { kind: "failed", error: roothash.ErrCommitmentInsufficientVotes };
  }
  if (most < majority) return WAITING;
  const proposal = accepted(best);
  const proposed = roothash.computeResultsHash(proposal.proposal.commitment.header.header);
  return winner === proposed ? proposal : { kind: "failed", error: roothash.ErrCommitmentBadSchedulerCommitment };
}

/** The highest rank is only ever that of a scheduler that has committed. */
function accepted({ commitment, votes }: SchedulerCommitment): Extract<PoolVerdict, { kind: "accepted" }> {
  return { kind: "accepted", proposal: { commitment: must(commitment, "scheduler commitment"), votes } };
}
