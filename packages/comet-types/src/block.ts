// Blocks (types/block.go of the fork): validity by themselves, hashes, size rules.
import { validateBlockId } from "./block-id.ts";
import { NO_HASH, hexHash, type HexHash } from "./brands.ts";
import { checkedCommit, commitHash, validateCommit } from "./commit.ts";
import { ErrInvalid, refusal, within } from "./errors.ts";
import {
  evidenceFromMessage,
  evidenceListHash,
  evidenceToMessage,
  validateEvidence,
  type Evidence,
} from "./evidence.ts";
import { headerHash, validateHeader } from "./header.ts";
import { merkleRoot } from "./merkle.ts";
import { PartSet } from "./part-set.ts";
import { sha256 } from "./sha256.ts";
import type { BlockId, Commit, Header } from "./wire/basics.ts";
import { BlockMessage, type BlockMeta } from "./wire/blocks.ts";

/** The first block's last commit is there, with height 0 and no signatures. */
export interface Block {
  readonly header: Header;
  readonly txs: readonly Uint8Array[];
  readonly evidence: readonly Evidence[];
  readonly lastCommit: Commit | undefined;
}

const MAX_OVERHEAD_FOR_BLOCK = 11;
const MAX_HEADER_BYTES = 626;
const MAX_COMMIT_OVERHEAD_BYTES = 94;
/** A signature with tag and length. */
const MAX_COMMIT_SIG_BYTES = 111;

/** Bytes left for transactions in a block; negative where header, commit and evidence alone are too big. */
export function maxDataBytes(maxBytes: number, evidenceBytes: number, validators: number): number {
  const commit = MAX_COMMIT_OVERHEAD_BYTES + MAX_COMMIT_SIG_BYTES * validators;
  return maxBytes - MAX_OVERHEAD_FOR_BLOCK - MAX_HEADER_BYTES - commit - evidenceBytes;
}

/** The engine's transaction hash, SHA-256 (the Oasis API uses another hash of the same bytes). */
export function txHash(tx: Uint8Array): HexHash {
  return hexHash(sha256(tx));
}

/** The header's data_hash: the tree over the transactions' hashes. */
export function dataHash(txs: readonly Uint8Array[]): HexHash {
  return hexHash(merkleRoot(txs.map(sha256)));
}

/** The block hash, which is its header's; none for a block without last commit. */
export function blockHash(block: Block): HexHash {
  return block.lastCommit === undefined ? NO_HASH : headerHash(block.header);
}

function checkHash(name: string, expected: HexHash, got: HexHash): void {
  if (expected === got) return;
  const texts = `Expected ${expected.toUpperCase()}, got ${got.toUpperCase()}`;
  throw refusal(ErrInvalid, `wrong Header.${name}. ${texts}`);
}

/** The rules a block satisfies by itself, in the reference's order; throws ErrInvalid and what its parts throw. */
export function validateBlock(block: Block): void {
  const { header, txs, evidence, lastCommit } = block;
  within("invalid header: ", () => validateHeader(header));
  if (lastCommit === undefined) throw refusal(ErrInvalid, "nil LastCommit");
  within("wrong LastCommit: ", () => validateCommit(lastCommit));
  checkHash("LastCommitHash", commitHash(lastCommit), header.lastCommitHash);
  checkHash("DataHash", dataHash(txs), header.dataHash);
  for (const [i, item] of evidence.entries()) within(`invalid evidence (#${i}): `, () => validateEvidence(item));
  checkHash("EvidenceHash", evidenceListHash(evidence), header.evidenceHash);
}

/** A block of a message, valid by itself; throws ErrInvalid and what its parts throw. */
export function blockFromMessage(message: BlockMessage): Block {
  validateHeader(message.header);
  const evidence = message.evidence.evidence.map(evidenceFromMessage);
  const lastCommit = message.lastCommit && checkedCommit(message.lastCommit);
  const block: Block = { header: message.header, txs: message.data.txs, evidence, lastCommit };
  validateBlock(block);
  return block;
}

/** The wire form of a block; shares its transactions. */
function blockToMessage(block: Block): BlockMessage {
  return {
    header: block.header,
    data: { txs: block.txs },
    evidence: { evidence: block.evidence.map(evidenceToMessage) },
    lastCommit: block.lastCommit,
  };
}

/** Decodes and checks a block as it comes from parts or block sync. */
export function decodeBlock(bytes: Uint8Array): Block {
  return blockFromMessage(BlockMessage.decode(bytes));
}

/** The bytes that are cut into parts. */
export function encodeBlock(block: Block): Uint8Array {
  return BlockMessage.encode(blockToMessage(block));
}

/** The parts of a block in its own encoding; a block received in parts keeps those instead. */
export function blockPartSet(block: Block): PartSet {
  return PartSet.fromData(encodeBlock(block));
}

/** The id of a block that travels in these parts. */
export function blockIdOf(block: Block, parts: PartSet): BlockId {
  return { hash: blockHash(block), partSetHeader: parts.header };
}

/** What a block store keeps beside the parts; the size is that of the block's own encoding. */
export function blockMetaOf(block: Block, parts: PartSet): BlockMeta {
  return {
    blockId: blockIdOf(block, parts),
    blockSize: encodeBlock(block).length,
    header: block.header,
    numTxs: block.txs.length,
  };
}

/** Id and header valid and for each other; throws ErrInvalid. */
export function validateBlockMeta({ blockId, header }: BlockMeta): void {
  validateBlockId(blockId);
  validateHeader(header);
  const hash = headerHash(header);
  if (blockId.hash === hash) return;
  const texts = `${blockId.hash.toUpperCase()} != ${hash.toUpperCase()}`;
  throw refusal(ErrInvalid, `expected BlockID#Hash and Header#Hash to be the same, got ${texts}`);
}
