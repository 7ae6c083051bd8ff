// When a node proves its share of the random beacon, and what: the decisions of the VRF worker
// without the chain, the key and the clock. Reference: go/worker/beacon/worker_vrf.go.
import type { PublicKey } from "@wadi/crypto";
import type { beacon } from "@wadi/types";

/** The proof that is due. */
export interface VrfTask {
  readonly epoch: bigint;
  /** What is to be proved. */
  readonly alpha: Uint8Array;
}

/** What the worker knows about an epoch. */
export interface VrfDuty {
  /** Of the last round that was seen; undefined before the first. */
  readonly epoch: bigint | undefined;
  /** True once the round needs nothing more of this node. */
  readonly isDone: boolean;
}

export interface VrfDecision {
  readonly duty: VrfDuty;
  /** True if a submission for the epoch before is to be given up. */
  readonly cancel: boolean;
  readonly task: VrfTask | undefined;
}

export const NO_VRF_DUTY: VrfDuty = { epoch: undefined, isDone: false };

/**
 * Looks at the state after a block. A round (a VRF beacon has one from the first block on) asks for
 * one proof of each node, from its height on, unless one is there already; a new round ends what
 * was going on for the one before.
 */
export function decideVrf(
  duty: VrfDuty,
  now: { readonly height: number; readonly round: beacon.VRFState | undefined; readonly node: PublicKey },
): VrfDecision {
  const { height, node, round } = now;
  if (round === undefined) return { duty, cancel: false, task: undefined };
  const isNew = round.epoch !== duty.epoch;
  const current: VrfDuty = isNew ? { epoch: round.epoch, isDone: false } : duty;
  const isDue = !current.isDone && BigInt(height) >= round.submitAfter;
  if (!isDue) return { duty: current, cancel: isNew, task: undefined };
  const done: VrfDuty = { ...current, isDone: true };
  const task = round.pi.has(node) ? undefined : { epoch: round.epoch, alpha: round.alpha };
  return { duty: done, cancel: isNew, task };
}
