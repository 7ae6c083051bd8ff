// Applying a change set to a validator set, all or nothing (updateWithChangeSet of the fork's
// types/validator_set.go). Checks come in the reference's order.
import type { ConsensusAddress } from "./brands.ts";
import { ErrInvalidChangeSet, refusal } from "./errors.ts";
import { compareByPower, type Validator, type ValidatorChange } from "./validator.ts";

/** Largest sum of powers, an eighth of an int64. */
export const MAX_TOTAL_VOTING_POWER = ((1n << 63n) - 1n) / 8n;

interface SplitChanges {
  readonly updates: readonly ValidatorChange[];
  readonly removals: readonly ValidatorChange[];
}

function splitChanges(changes: readonly ValidatorChange[]): SplitChanges {
  const updates: ValidatorChange[] = [];
  const removals: ValidatorChange[] = [];
  let previous: ConsensusAddress | undefined;
  const sorted = changes.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  for (const change of sorted) {
    const { address, votingPower } = change;
    if (address === previous) throw refusal(ErrInvalidChangeSet, `duplicate entry ${address.toUpperCase()}`);
    if (votingPower < 0n) throw refusal(ErrInvalidChangeSet, `voting power can't be negative: ${votingPower}`);
    if (votingPower > MAX_TOTAL_VOTING_POWER) {
      const text = `voting power can't be higher than ${MAX_TOTAL_VOTING_POWER}, got ${votingPower}`;
      throw refusal(ErrInvalidChangeSet, `to prevent clipping/overflow, ${text}`);
    }
    (votingPower === 0n ? removals : updates).push(change);
    previous = address;
  }
  return { updates, removals };
}

/** Sum of the powers that leave. */
function removedPower(removals: readonly ValidatorChange[], current: ReadonlyMap<ConsensusAddress, Validator>): bigint {
  let removed = 0n;
  for (const { address } of removals) {
    const leaving = current.get(address);
    if (!leaving) {
      throw refusal(ErrInvalidChangeSet, `failed to find validator ${address.toUpperCase()} to remove`);
    }
    removed += leaving.votingPower;
  }
  return removed;
}

/** The total with all updates and before removals; no partial sum of the result may pass the maximum. */
function totalBeforeRemovals(
  updates: readonly ValidatorChange[],
  current: ReadonlyMap<ConsensusAddress, Validator>,
  total: bigint,
  removed: bigint,
): bigint {
  const deltas = updates.map(({ address, votingPower }) => votingPower - (current.get(address)?.votingPower ?? 0n));
  deltas.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  let running = total - removed;
  for (const delta of deltas) {
    running += delta;
    if (running > MAX_TOTAL_VOTING_POWER) {
      const text = `total voting power of resulting valset exceeds max ${MAX_TOTAL_VOTING_POWER}`;
      throw refusal(ErrInvalidChangeSet, text);
    }
  }
  return running + removed;
}

/**
 * The members after a change set, in set order, priorities not yet normalized. Throws
 * ErrInvalidChangeSet. `allowRemovals` is false where a set is built from nothing.
 */
export function changedMembers(
  members: readonly Validator[],
  totalPower: bigint,
  changes: readonly ValidatorChange[],
  allowRemovals: boolean,
): readonly Validator[] {
  const { updates, removals } = splitChanges(changes);
  if (!allowRemovals && removals.length > 0) {
    throw refusal(ErrInvalidChangeSet, "cannot process validators with voting power 0");
  }
  const current = new Map(members.map((member) => [member.address, member]));
  if (removals.length === members.length && updates.every(({ address }) => current.has(address))) {
    throw refusal(ErrInvalidChangeSet, "applying the validator changes would result in empty set");
  }
  const removed = removedPower(removals, current);
  const total = totalBeforeRemovals(updates, current, totalPower, removed);
  // A newcomer starts behind everybody, so that leaving and joining again never pays.
  const newcomerPriority = -(total + (total >> 3n));
  const result = new Map(current);
  for (const update of updates) {
    const proposerPriority = current.get(update.address)?.proposerPriority ?? newcomerPriority;
    result.set(update.address, { ...update, proposerPriority });
  }
  for (const { address } of removals) result.delete(address);
  return [...result.values()].sort(compareByPower);
}
