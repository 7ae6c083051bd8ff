// A short chain for tests of evidence: headers with their commits, one validator set, states.
import {
  Header,
  NO_HASH,
  ZERO_BLOCK_ID,
  blockIdKey,
  duplicateVoteEvidence,
  headerHash,
  type Commit,
  type DuplicateVoteEvidence,
  type EngineState,
  type SignedHeader,
  type ValidatorSet,
  type Vote,
} from "@wadi/comet-types";
import { compareBytes, fromHex, must, toHex } from "@wadi/util";
import type { EvidenceChain, EvidenceStorage } from "../evidence/ports.ts";
import { CHAIN_ID, START_TIME, blockIdNamed, commitFor, signedVote, type Signers } from "./signers.ts";

/** The pool's storage in memory. */
export class MemoryEvidenceStorage implements EvidenceStorage {
  readonly #values = new Map<string, Uint8Array>();

  has(key: Uint8Array): boolean {
    return this.#values.has(toHex(key));
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#values.set(toHex(key), value.slice());
  }

  delete(key: Uint8Array): void {
    this.#values.delete(toHex(key));
  }

  *entries({ start, end }: { start: Uint8Array; end: Uint8Array }): IterableIterator<{
    key: Uint8Array;
    value: Uint8Array;
  }> {
    for (const text of [...this.#values.keys()].sort(compareHex)) {
      const key = fromHex(text);
      if (compareBytes(key, start) >= 0 && compareBytes(key, end) < 0)
        yield { key, value: must(this.#values.get(text)) };
    }
  }

  get size(): number {
    return this.#values.size;
  }
}

const compareHex = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const BLOCK_INTERVAL = 5_000_000_000n;
export const EVIDENCE_PARAMS = { maxAgeNumBlocks: 10, maxAgeDuration: 10n * BLOCK_INTERVAL, maxBytes: 1 << 20 };

/** Blocks 1 to `height` without content; the commit of the last one is not known, as in a block store. */
export class FixtureChain implements EvidenceChain {
  readonly signers: Signers;
  height: number;
  readonly #headers = new Map<number, SignedHeader>();

  constructor(signers: Signers, height: number) {
    this.signers = signers;
    this.height = height;
  }

  signedHeader(height: number): SignedHeader {
    const known = this.#headers.get(height);
    if (known !== undefined) return known;
    const { set } = this.signers;
    const header = Header.create({
      version: { block: 11n, app: 0n },
      chainId: CHAIN_ID,
      height,
      time: this.timeAt(height),
      lastBlockId: blockIdNamed(`block ${height - 1}`),
      lastCommitHash: blockIdNamed("last commit").hash,
      dataHash: blockIdNamed("data").hash,
      evidenceHash: blockIdNamed("evidence").hash,
      validatorsHash: set.hash,
      nextValidatorsHash: set.hash,
      consensusHash: blockIdNamed("parameters").hash,
      appHash: blockIdNamed("state").hash,
      lastResultsHash: blockIdNamed("results").hash,
      proposerAddress: set.member(0).address,
    });
    const blockId = { hash: headerHash(header), partSetHeader: { total: 1, hash: blockIdNamed("parts").hash } };
    const made = { header, commit: commitFor(this.signers, height, blockId) };
    this.#headers.set(height, made);
    return made;
  }

  timeAt(height: number): bigint {
    return START_TIME + BigInt(height) * BLOCK_INTERVAL;
  }

  loadHeader(height: number): Header | undefined {
    return height >= 1 && height <= this.height ? this.signedHeader(height).header : undefined;
  }

  loadCommit(height: number): Commit | undefined {
    return height >= 1 && height < this.height ? this.signedHeader(height).commit : undefined;
  }

  loadValidators(height: number): ValidatorSet | undefined {
    return height >= 1 && height <= this.height + 1 ? this.signers.set : undefined;
  }

  /** The state after a block, the last one if none is given; also moves the chain there. */
  state(height = this.height, lastBlockTime = this.timeAt(height), evidence = EVIDENCE_PARAMS): EngineState {
    this.height = height;
    const { set } = this.signers;
    return {
      version: { consensus: { block: 11n, app: 0n }, software: "" },
      chainId: CHAIN_ID,
      initialHeight: 1,
      lastBlockHeight: height,
      lastBlockId: ZERO_BLOCK_ID,
      lastBlockTime,
      nextValidators: set,
      validators: set,
      lastValidators: set,
      lastHeightValidatorsChanged: 1,
      consensusParams: {
        block: { maxBytes: 1 << 22, maxGas: -1n },
        evidence,
        validator: { pubKeyTypes: ["ed25519"] },
        version: { app: 0n },
      },
      lastHeightConsensusParamsChanged: 1,
      lastResultsHash: NO_HASH,
      appHash: NO_HASH,
    };
  }

  /** Two votes of a validator for different blocks, in the order of evidence. */
  conflict(validator: number, height: number, round = 0, name = "other"): readonly [Vote, Vote] {
    const [a, b] = ["one", name].map((text) =>
      signedVote(this.signers, validator, { height, round, blockId: blockIdNamed(text) }),
    );
    const pair = [must(a), must(b)] as const;
    return blockIdKey(pair[0].blockId) < blockIdKey(pair[1].blockId) ? pair : [pair[1], pair[0]];
  }

  /** Valid evidence of such votes. */
  duplicate(validator: number, height: number, round = 0, name = "other"): DuplicateVoteEvidence {
    return duplicateVoteEvidence(this.conflict(validator, height, round, name), this.timeAt(height), this.signers.set);
  }
}
