// What is known about the block being executed, and what its transactions share.
// Reference: go/consensus/cometbft/api/block.go.
import type { Time } from "@wadi/codec";
import { isAbsent, type Commit, type ConsensusAddress, type Misbehavior as EngineMisbehavior } from "@wadi/comet-types";
import type { transaction } from "@wadi/types";

import { limitedGas, noGas, type GasAccountant } from "./gas.ts";

/** One validator of the set of the previous height, in the order of that set. */
export interface CommitVote {
  /** Not known for absent votes of a block that is replayed without its validator set: empty. */
  readonly address: ConsensusAddress;
  /** True for every flag except "absent", so a vote for nil counts. */
  readonly signed: boolean;
}

/** Evidence that the engine has verified, as far as applications look at it. */
export type Misbehavior = Pick<EngineMisbehavior, "type" | "validatorAddress" | "height">;

/** What the engine says about a block before its transactions. */
export interface BlockInfo {
  readonly time: Time;
  readonly proposerAddress: ConsensusAddress;
  /** Empty at the initial height. */
  readonly lastCommit: readonly CommitVote[];
  readonly misbehavior: readonly Misbehavior[];
}

/** Votes of the last commit; `validators` are the addresses of its set, in order, where they are known. */
export function commitVotes(commit: Commit, validators?: readonly ConsensusAddress[]): CommitVote[] {
  return commit.signatures.map((sig, i) => ({
    address: validators?.[i] ?? sig.validatorAddress,
    signed: !isAbsent(sig),
  }));
}

/** A slot of `BlockContext`: identity is the key. */
export interface BlockSlot<T> {
  readonly name: string;
  initial(): T;
}

/** Declares a slot for what one application keeps between the hooks of one block. */
export function blockSlot<T>(name: string, initial: () => T): BlockSlot<T> {
  return Object.freeze({ name, initial });
}

export class BlockContext {
  readonly info: BlockInfo;
  readonly gas: GasAccountant;
  /** System transactions in order, judged at the end of the block. */
  readonly systemTransactions: transaction.Transaction[] = [];
  /** Leaves of the events root, in order of emission. */
  readonly provableEvents: Uint8Array[] = [];
  readonly #slots = new Map<BlockSlot<unknown>, unknown>();

  constructor(info: BlockInfo, maxBlockGas: bigint) {
    this.info = info;
    this.gas = maxBlockGas > 0n ? limitedGas(maxBlockGas) : noGas;
  }

  get<T>(slot: BlockSlot<T>): T {
    const key = slot as BlockSlot<unknown>;
    if (!this.#slots.has(key)) this.#slots.set(key, slot.initial());
    return this.#slots.get(key) as T;
  }

  set<T>(slot: BlockSlot<T>, value: T): void {
    this.#slots.set(slot as BlockSlot<unknown>, value);
  }
}
