// What a node's status means and how it changes. Reference: go/registry/api/status.go.
import type { Namespace, registry } from "@wadi/types";

type NodeStatus = registry.NodeStatus;
type Fault = registry.Fault;

/** A freeze until this epoch never ends. */
export const FREEZE_FOREVER = (1n << 64n) - 1n;

/** The longest suspension, 2^6 epochs, starts at this number of failures. */
const MAX_SUSPENSION_EXPONENT = 6;
const MAX_FAILURES = 255;

/** A frozen node takes part in nothing. It stays frozen after the end time until it is unfrozen. */
export function isFrozen({ freezeEndTime }: NodeStatus): boolean {
  return freezeEndTime > 0n;
}

/** Frozen up to and including this epoch at least. */
export function frozenUntil(status: NodeStatus, epoch: bigint): NodeStatus {
  return { ...status, freezeEndTime: epoch };
}

/** True if the node is frozen, or suspended in this runtime because of its faults. */
export function isSuspended(status: NodeStatus, runtime: Namespace, epoch: bigint): boolean {
  if (isFrozen(status)) return true;
  const until = status.faults.get(runtime)?.suspendedUntil ?? 0n;
  return epoch < until;
}

/** True if the node may be elected into committees other than the validators. */
export function isEligibleForElection({ electionEligibleAfter }: NodeStatus, epoch: bigint): boolean {
  return epoch > electionEligibleAfter;
}

/** One more failure in the epoch before `epoch`; the counter of 255 wraps. */
export function recordFailure(status: NodeStatus, runtime: Namespace, epoch: bigint): NodeStatus {
  const failures = ((status.faults.get(runtime)?.failures ?? 0) + 1) & MAX_FAILURES;
  return { ...status, faults: new Map(status.faults).set(runtime, fault(failures, epoch)) };
}

/** One failure less; nothing changes for a node without failures on record. */
export function recordSuccess(status: NodeStatus, runtime: Namespace, epoch: bigint): NodeStatus {
  const known = status.faults.get(runtime);
  if (known === undefined) return status;
  const failures = Math.max(known.failures - 1, 0);
  const faults = new Map(status.faults);
  if (failures === 0) faults.delete(runtime);
  else faults.set(runtime, fault(failures, epoch));
  return { ...status, faults };
}

/** The suspension doubles with each failure; none without failures. The end wraps as in the reference. */
function fault(failures: number, epoch: bigint): Fault {
  if (failures === 0) return { failures, suspendedUntil: 0n };
  const epochs = 1n << BigInt(Math.min(failures, MAX_SUSPENSION_EXPONENT));
  return { failures, suspendedUntil: BigInt.asUintN(64, epoch + epochs) };
}
