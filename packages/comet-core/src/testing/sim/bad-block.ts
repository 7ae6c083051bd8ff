// Blocks that break one rule each, for byzantine proposers.
import {
  ABSENT_COMMIT_SIG,
  commitHash,
  dataHash,
  isForBlock,
  type Block,
  type Commit,
  type Header,
  type HexHash,
} from "@wadi/comet-types";
import type { Dice } from "@wadi/testing";
import { encodeToyTransaction } from "./toy-transactions.ts";

const WRONG = "5a".repeat(32) as HexHash;

const withHeader = (block: Block, changed: Partial<Header>): Block => ({
  ...block,
  header: { ...block.header, ...changed },
});

const withTxs = (block: Block, txs: readonly Uint8Array[]): Block =>
  withHeader({ ...block, txs }, { dataHash: dataHash(txs) });

/** A commit of too few. */
function withoutPower(commit: Commit): Commit {
  const keep = commit.signatures.findIndex(isForBlock);
  const signatures = commit.signatures.map((sig, i) => (i === keep ? sig : ABSENT_COMMIT_SIG));
  return { ...commit, signatures };
}

const ways: readonly ((block: Block) => Block)[] = [
  (block) => withHeader(block, { appHash: WRONG }),
  (block) => withHeader(block, { time: block.header.time + 1n }),
  (block) => withHeader(block, { time: block.header.time - 1_000_000_000n }),
  (block) => withHeader(block, { height: block.header.height + 1 }),
  (block) => withHeader(block, { chainId: "another-chain" }),
  (block) => withHeader(block, { version: { block: 11n, app: 77n } }),
  (block) => withHeader(block, { version: { block: 12n, app: block.header.version.app } }),
  (block) => withHeader(block, { validatorsHash: WRONG }),
  (block) => withHeader(block, { nextValidatorsHash: WRONG }),
  (block) => withHeader(block, { consensusHash: WRONG }),
  (block) => withHeader(block, { lastResultsHash: WRONG }),
  (block) => withHeader(block, { dataHash: WRONG }),
  (block) => withHeader(block, { evidenceHash: WRONG }),
  (block) => withHeader(block, { lastBlockId: { hash: WRONG, partSetHeader: { total: 1, hash: WRONG } } }),
  (block) => withHeader(block, { proposerAddress: "7b".repeat(20) as Header["proposerAddress"] }),
  (block) => withTxs(block, [...block.txs, encodeToyTransaction({ kind: "forbidden", number: 1 })]),
  (block) => ({ ...block, txs: [...block.txs, new Uint8Array(3)] }),
  (block) => {
    if (block.lastCommit === undefined || block.lastCommit.height === 0) return withHeader(block, { appHash: WRONG });
    const lastCommit = withoutPower(block.lastCommit);
    return withHeader({ ...block, lastCommit }, { lastCommitHash: commitHash(lastCommit) });
  },
];

/** The block with one thing wrong in it. */
export function badBlock(block: Block, dice: Dice): Block {
  return dice.pick(ways)(block);
}
