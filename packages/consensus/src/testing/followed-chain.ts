// The chain in the data directory of a lone validator that is killed again and again. After each
// kill: what was there before is there unchanged, the blocks since go on from it, a replay from
// genesis gives their states, and the validator signed everything that it had to, once.
import assert from "node:assert/strict";
import {
  MemoryStateStore,
  MemoryUpgradeStore,
  UpgradeManager,
  networkStateMachine,
  networkVerifier,
  parseRecordedBlock,
  replayBlocks,
  type StateMachine,
} from "@wadi/apps";
import { SignStep } from "@wadi/comet-core";
import { chainIdOfContext, headerHash } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import type { genesis } from "@wadi/types";
import { must } from "@wadi/util";

import { ChainReader } from "../export/chain-reader.ts";
import { dataDirectory } from "../node/data-dir.ts";
import { testSwitches } from "./memory-network.ts";
import { SignatureLedger } from "./signature-ledger.ts";
import { noQuotes } from "./test-chain.ts";

/** Blocks that are looked at again after a kill, beside the new ones. */
const LOOKED_AT_AGAIN = 20;

const STEPS = ["proposal", "prevote", "precommit"] as const;

export class FollowedChain {
  readonly #dataDir: string;
  readonly #machine: StateMachine;
  readonly #ledger: SignatureLedger;
  /** Hashes of the blocks by height. */
  readonly #hashes: string[] = [];
  /** Roots of the states after them. */
  readonly #roots: string[] = [];

  constructor(dataDir: string, document: genesis.Document, validator: PublicKey) {
    this.#dataDir = dataDir;
    this.#machine = networkStateMachine({
      document,
      quotes: noQuotes,
      store: new MemoryStateStore(),
      verifier: networkVerifier(document, testSwitches),
      upgrader: new UpgradeManager({ store: new MemoryUpgradeStore() }),
      debug: testSwitches,
    });
    this.#ledger = new SignatureLedger(chainIdOfContext(this.#machine.chainContext), validator);
  }

  /** The last block whose state is known. */
  get height(): number {
    return this.#machine.lastHeight;
  }

  /** Different messages that the validator signed. */
  get signatures(): number {
    return this.#ledger.size;
  }

  /** The hash of a block that was looked at. */
  hash(height: number): string | undefined {
    return this.#hashes[height];
  }

  /**
   * After a kill. Throws what is wrong: blocks or states that changed, went or do not follow each
   * other, a state that a replay does not give, a second signature or one that is missing.
   */
  async follow(): Promise<void> {
    const directory = dataDirectory(this.#dataDir);
    await using chain = new ChainReader(directory);
    const known = this.#hashes.length - 1;
    this.#ledger.check(directory.engine, chain.blocks, Math.max(0, chain.blocks.height - known) + LOOKED_AT_AGAIN);
    this.#followBlocks(chain);
    this.#followStates(chain);
    this.#requireSignatures(chain, known);
  }

  #followBlocks({ blocks }: ChainReader): void {
    const known = this.#hashes.length - 1;
    assert.ok(blocks.height >= known, `block ${known} is lost: the last one is ${blocks.height}`);
    for (let height = Math.max(blocks.base, known - LOOKED_AT_AGAIN); height <= blocks.height; height++) {
      const header = must(blocks.loadHeader(height), `block ${height} is lost`);
      const hash = headerHash(header);
      assert.equal(hash, this.#hashes[height] ?? hash, `block ${height} has changed`);
      const before = this.#hashes[height - 1];
      if (before !== undefined) assert.equal(header.lastBlockId.hash, before, `block ${height} follows another`);
      const root = this.#roots[height - 1];
      if (root !== undefined) assert.equal(header.appHash, root, `the application's hash in block ${height}`);
      this.#hashes[height] = hash;
    }
  }

  #followStates(chain: ChainReader): void {
    const { blocks, states } = chain;
    const known = this.#roots.length - 1;
    const latest = Number(states.latest ?? 0n);
    assert.ok(latest >= known, `the state of block ${known} is lost: the last one is of ${latest}`);
    assert.ok(blocks.height - latest <= 1, "the state is at most a block behind");
    const { document, lastHeight } = this.#machine;
    const records = Array.from(chain.lines(document, lastHeight + 1), parseRecordedBlock);
    const { difference } = replayBlocks(this.#machine, records, {
      onBlock: ({ height }) => (this.#roots[height] = must(this.#machine.lastRoot)),
    });
    assert.equal(difference, undefined);
    assert.equal(this.#machine.lastHeight, latest);
    for (let height = Math.max(blocks.base, known - LOOKED_AT_AGAIN); height <= latest; height++) {
      const root = states.at(BigInt(height))?.syncRoot.hash;
      assert.equal(root, this.#roots[height], `the state of block ${height}`);
    }
  }

  /**
   * Every new block has a proposal, a prevote and a precommit. The log of a lone validator is written
   * behind its blocks, so that proposal and prevote of the last one before a kill can be missing.
   */
  #requireSignatures({ blocks }: ChainReader, known: number): void {
    for (let height = Math.max(blocks.base, known + 1); height <= blocks.height; height++) {
      const { round } = must(blocks.loadCommit(height) ?? blocks.loadSeenCommit(height));
      const steps = height === blocks.height ? (["precommit"] as const) : STEPS;
      for (const step of steps) {
        const isSigned = this.#ledger.has({ height, round, step: SignStep[step] });
        assert.ok(isSigned, `the ${step} of block ${height} was not signed`);
      }
    }
  }
}
