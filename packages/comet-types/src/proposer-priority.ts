// Proposer priorities: weighted round robin on int64 with the reference's exact rounding
// (types/validator_set.go of the fork). The functions work in place on a set's own array.
import { sha256 } from "./sha256.ts";
import { clampInt64, floorDivide, wrapInt64, zigzagVarint } from "./int64.ts";

/** Priorities may spread over this many times the total power before they are scaled down. */
const PRIORITY_WINDOW = 2n;

/** Scales so that the spread fits `diffMax`, truncating toward zero; nothing for diffMax ≤ 0. */
export function rescalePriorities(priorities: BigInt64Array, diffMax: bigint): void {
  if (diffMax <= 0n || priorities.length === 0) return;
  let max = priorities[0] as bigint;
  let min = max;
  for (const priority of priorities) {
    if (priority > max) max = priority;
    if (priority < min) min = priority;
  }
  // The difference is an int64 that may overflow; its absolute value may even be negative.
  const wrapped = wrapInt64(max - min);
  const diff = wrapped < 0n ? wrapInt64(-wrapped) : wrapped;
  if (diff <= diffMax) return;
  const ratio = wrapInt64(wrapInt64(diff + diffMax) - 1n) / diffMax;
  for (let i = 0; i < priorities.length; i++) priorities[i] = (priorities[i] as bigint) / ratio;
}

/** Subtracts the average (rounded down) from each, saturating. */
function centerPriorities(priorities: BigInt64Array): void {
  if (priorities.length === 0) return;
  let sum = 0n;
  for (const priority of priorities) sum += priority;
  const average = floorDivide(sum, BigInt(priorities.length));
  if (average === 0n) return;
  for (let i = 0; i < priorities.length; i++) priorities[i] = clampInt64((priorities[i] as bigint) - average);
}

/** Rescale to twice the total power, then center. */
export function normalizePriorities(priorities: BigInt64Array, totalPower: bigint): void {
  rescalePriorities(priorities, PRIORITY_WINDOW * totalPower);
  centerPriorities(priorities);
}

/** What rotation needs to know of a validator. */
interface Ranked {
  readonly address: string;
  readonly votingPower: bigint;
}

/** Index of the highest priority; the lower address wins a tie. */
export function highestPriority(validators: readonly Ranked[], priorities: BigInt64Array): number {
  let best = 0;
  for (let i = 1; i < priorities.length; i++) {
    const priority = priorities[i] as bigint;
    const top = priorities[best] as bigint;
    if (priority > top) best = i;
    else if (priority === top && (validators[i] as Ranked).address < (validators[best] as Ranked).address) best = i;
  }
  return best;
}

/** One turn: each gains its power, the highest pays the total and is the proposer (its index). */
export function rotateOnce(validators: readonly Ranked[], priorities: BigInt64Array, totalPower: bigint): number {
  for (let i = 0; i < priorities.length; i++) {
    priorities[i] = clampInt64((priorities[i] as bigint) + (validators[i] as Ranked).votingPower);
  }
  const proposer = highestPriority(validators, priorities);
  priorities[proposer] = clampInt64((priorities[proposer] as bigint) - totalPower);
  return proposer;
}

/**
 * The hash that light clients compare between primary and witness. The reference writes every
 * zig-zag varint at offset 0 of one buffer and hashes as many bytes as all of them take: the last
 * priority over leftovers of longer ones, then zero bytes.
 */
export function proposerPriorityHash(priorities: BigInt64Array): Uint8Array {
  const encoded = Array.from(priorities, zigzagVarint);
  const buffer = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  for (const bytes of encoded) buffer.set(bytes);
  return sha256(buffer);
}
