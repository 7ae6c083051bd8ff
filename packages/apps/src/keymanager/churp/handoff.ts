// Handoffs of a CHURP scheme: when a committee passes the shares of its secret on, and to whom.
// All functions are pure. Reference: go/keymanager/churp/status.go,
// go/consensus/cometbft/apps/keymanager/churp/txs.go (tryFinalizeHandoff, resetHandoff).
import { EPOCH_INVALID, type churp, type PublicKey } from "@wadi/types";

type Status = churp.Status;

/** The next handoff of a scheme that has none. */
export const HANDOFFS_DISABLED = EPOCH_INVALID;

/** How the applicants relate to the committee that holds the shares. */
export const handoffKinds = {
  /** There are no shares yet. */
  dealing: 0,
  committeeUnchanged: 1,
  committeeChanged: 2,
} as const;
export type HandoffKind = (typeof handoffKinds)[keyof typeof handoffKinds];

export function areHandoffsDisabled({ handoffInterval }: Status): boolean {
  return handoffInterval === 0n;
}

/** The kind of the next handoff with the applicants so far. */
export function handoffKind({ committee, applications }: Status): HandoffKind {
  if (committee.length === 0) return handoffKinds.dealing;
  const isUnchanged = committee.length === applications.size && committee.every((id) => applications.has(id));
  return isUnchanged ? handoffKinds.committeeUnchanged : handoffKinds.committeeChanged;
}

/** Enough to reconstruct the secret after the extra shares are lost. */
export function minCommitteeSize({ threshold, extraShares }: Status): number {
  return threshold + extraShares + 1;
}

/** How many nodes must take part in the next handoff. */
export function minApplicants(status: Status): number {
  const { threshold } = status;
  const committeeSize = minCommitteeSize(status);
  switch (handoffKind(status)) {
    case handoffKinds.dealing:
      // As many dishonest dealers as the threshold must not know the secret.
      return Math.max(committeeSize, threshold + 2);
    case handoffKinds.committeeUnchanged:
      return committeeSize;
    case handoffKinds.committeeChanged:
      // While shares change hands the polynomial has twice the degree.
      return Math.max(committeeSize, 2 * threshold + 1);
  }
}

/**
 * The status after the handoff, or undefined if it cannot be completed (yet): enough applicants
 * must have confirmed, and until the epoch is over (`isEpochOver`) all of them.
 */
export function finalizeHandoff(status: Status, isEpochOver: boolean): Status | undefined {
  const { applications } = status;
  const committee: PublicKey[] = [];
  for (const [node, { reconstructed }] of applications) if (reconstructed) committee.push(node);
  if (committee.length < minCommitteeSize(status)) return undefined;
  if (!isEpochOver && committee.length !== applications.size) return undefined;

  const nextHandoff = handoffAfter(status, isEpochOver);
  return {
    ...status,
    handoffInterval: nextHandoff === HANDOFFS_DISABLED ? 0n : status.handoffInterval,
    handoff: status.nextHandoff,
    checksum: status.nextChecksum,
    // Hex texts of equal length compare like their bytes.
    committee: committee.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    nextHandoff,
    nextChecksum: null,
    applications: new Map(),
  };
}

/** The range of epochs is judged by the handoff before, as the reference has it; the sum wraps. */
function handoffAfter({ handoff, nextHandoff, handoffInterval }: Status, isEpochOver: boolean): bigint {
  if (handoff >= HANDOFFS_DISABLED - handoffInterval) return HANDOFFS_DISABLED;
  const scheduled = BigInt.asUintN(64, nextHandoff + handoffInterval);
  // Applications are taken in the epoch before, which would be over already.
  const isTooSoon = isEpochOver && handoffInterval === 1n && scheduled < HANDOFFS_DISABLED;
  return isTooSoon ? scheduled + 1n : scheduled;
}

/** The status without applications, waiting for the handoff in the given epoch. */
export function resetHandoff(status: Status, nextHandoff: bigint): Status {
  return { ...status, nextHandoff, nextChecksum: null, applications: new Map() };
}
