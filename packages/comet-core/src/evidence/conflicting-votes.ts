// Conflicting votes of the height at work: they become evidence when its block, and with it the
// timestamp of the evidence, is known.
import type { Vote } from "@wadi/comet-types";

/** Pairs kept of one validator, each of another height, round or kind. */
const MAX_PAIRS_PER_VALIDATOR = 8;

type VotePair = readonly [Vote, Vote];

/** Pairs of votes, bounded by validators however much they equivocate. */
export class ConflictingVotes {
  #pairs = new Map<string, Map<string, VotePair>>();

  /** Votes were verified by whoever reports them. */
  add(a: Vote, b: Vote): void {
    const { validatorAddress, height, round, type } = a;
    const ofValidator = this.#pairs.get(validatorAddress) ?? new Map<string, VotePair>();
    this.#pairs.set(validatorAddress, ofValidator);
    const step = `${height}/${round}/${type}`;
    if (ofValidator.has(step) || ofValidator.size >= MAX_PAIRS_PER_VALIDATOR) return;
    ofValidator.set(step, [a, b]);
  }

  /** All pairs, in order of validators' first conflicts; none are left. */
  take(): VotePair[] {
    const pairs = [...this.#pairs.values()].flatMap((ofValidator) => [...ofValidator.values()]);
    this.#pairs = new Map();
    return pairs;
  }
}
