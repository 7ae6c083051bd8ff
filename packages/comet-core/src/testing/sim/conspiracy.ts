// What byzantine validators do together: which peers are to see which of two proposals.
import { PartSet, encodeBlock, type Block, type BlockId, type Proposal } from "@wadi/comet-types";
import type { Dice } from "@wadi/testing";

/** A proposal with the parts of its block. */
export interface SplitProposal {
  readonly proposal: Proposal;
  readonly parts: PartSet;
  /** Every peer is to get it, not one half only. */
  readonly isForAll: boolean;
}

const keyOf = (height: number, round: number): string => `${height}/${round}`;
/** Rounds that are remembered. */
const KEPT = 64;

export class Conspiracy {
  readonly #dice: Dice;
  /** The other proposal of a round, which one half of the peers gets. */
  readonly #others = new Map<string, SplitProposal>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  add(other: SplitProposal): void {
    const { height, round } = other.proposal;
    this.#others.set(keyOf(height, round), other);
    for (const key of this.#others.keys()) {
      if (this.#others.size <= KEPT) break;
      this.#others.delete(key);
    }
  }

  /** What this peer is to see instead of the first proposal; undefined for the first one. */
  otherFor(peer: number, height: number, round: number): SplitProposal | undefined {
    const other = this.#others.get(keyOf(height, round));
    return other?.isForAll === true || this.isSecondHalf(peer, height) ? other : undefined;
  }

  isSecondHalf(peer: number, height: number): boolean {
    return this.#dice.fork(`half ${peer} ${height}`).oneIn(2);
  }
}

/** The parts and the id of a block. */
export function inParts(block: Block, hash: BlockId["hash"]): { readonly parts: PartSet; readonly blockId: BlockId } {
  const parts = PartSet.fromData(encodeBlock(block));
  return { parts, blockId: { hash, partSetHeader: parts.header } };
}
