// Transactions of a runtime round as a tree (go/runtime/transaction/transaction.go). Keys:
//
//   'T' ‖ hash of input ‖ 1   [input, batch order]
//   'T' ‖ hash of input ‖ 2   [output]
//   'E' ‖ tag key ‖ hash of input (32 zero bytes for tags of the block)   tag value
import { arrayStruct, bytes, decodeCbor, encodeCbor, u32 } from "@wadi/codec";
import type { Hash } from "@wadi/types";
import { concatBytes, fromHex, toHex } from "@wadi/util";
import { ErrInvalidTransaction, ErrMalformedTransactionTree, ErrTransactionNotFound } from "./io-tree-errors.ts";
import { fail } from "./errors.ts";
import type { KeyValueTree, TreeIterator } from "./key-value-tree.ts";
import { hashBytes } from "./node.ts";
import { pack, packedFromHex, unpack } from "./packed.ts";
import type { Packed } from "./packed.ts";

/** The transaction hash of tags that belong to the block as a whole. */
export const BLOCK_TAG_TX_HASH = "00".repeat(32) as Hash;

export interface RuntimeTransaction {
  readonly input: Uint8Array;
  /** Null where the transaction was not executed. */
  readonly output: Uint8Array | null;
  /** Place in the batch. */
  readonly batchOrder: number;
}

export interface TransactionTag {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface StoredTag extends TransactionTag {
  readonly txHash: Hash;
}

/** Most that an input batch may hold; 0 is no limit. */
export interface BatchLimits {
  readonly maxCount?: number;
  readonly maxBytes?: number;
}

const TRANSACTION_PREFIX = 0x54;
const TAG_PREFIX = 0x45;
const PACKED_TRANSACTION_PREFIX = String.fromCharCode(TRANSACTION_PREFIX);
const PACKED_TAG_PREFIX = String.fromCharCode(TAG_PREFIX);
const HASH_SIZE = 32;
const Kind = { input: 1, output: 2 } as const;

const InputArtifacts = arrayStruct("transaction.inputArtifacts", { input: bytes, batchOrder: u32 });
const OutputArtifacts = arrayStruct("transaction.outputArtifacts", { output: bytes });

function transactionKey(hash: Packed, kind: number): Packed {
  return PACKED_TRANSACTION_PREFIX + hash + String.fromCharCode(kind);
}

/** The keys of one transaction begin with this. */
function transactionPrefix(hash: Hash): Uint8Array {
  return concatBytes(Uint8Array.of(TRANSACTION_PREFIX), fromHex(hash));
}

/** Adds a transaction and its tags; throws ErrInvalidTransaction for an empty input. */
export function addTransaction(
  tree: Pick<KeyValueTree, "insertPacked">,
  { input, output, batchOrder }: RuntimeTransaction,
  tags: readonly TransactionTag[] = [],
): void {
  if (input.length === 0) fail(ErrInvalidTransaction, "no input artifact given");
  const hash = hashBytes(input);
  tree.insertPacked(transactionKey(hash, Kind.input), pack(encodeCbor(InputArtifacts, { input, batchOrder })));
  if (output !== null) addOutputOf(tree, hash, output);
  addTags(tree, hash, tags);
}

/** Adds what the transaction whose input has this hash gave. */
export function addOutput(
  tree: Pick<KeyValueTree, "insertPacked">,
  hash: Hash,
  output: Uint8Array,
  tags: readonly TransactionTag[] = [],
): void {
  const packed = packedFromHex(hash);
  addOutputOf(tree, packed, output);
  addTags(tree, packed, tags);
}

function addOutputOf(tree: Pick<KeyValueTree, "insertPacked">, hash: Packed, output: Uint8Array): void {
  tree.insertPacked(transactionKey(hash, Kind.output), pack(encodeCbor(OutputArtifacts, { output })));
}

/** Adds tags of the block. */
export function addBlockTags(tree: Pick<KeyValueTree, "insertPacked">, tags: readonly TransactionTag[]): void {
  addTags(tree, packedFromHex(BLOCK_TAG_TX_HASH), tags);
}

function addTags(tree: Pick<KeyValueTree, "insertPacked">, hash: Packed, tags: readonly TransactionTag[]): void {
  for (const { key, value } of tags) tree.insertPacked(PACKED_TAG_PREFIX + pack(key) + hash, pack(value));
}

interface Artifact {
  readonly hash: Hash;
  readonly kind: number;
  readonly value: Uint8Array;
}

/** Artifacts from the iterator's position on, up to the first key that is none. */
function* artifacts(iterator: TreeIterator): Generator<Artifact> {
  for (; iterator.valid; iterator.next()) {
    const { key } = iterator;
    if (key[0] !== TRANSACTION_PREFIX) return;
    const kind = key[1 + HASH_SIZE];
    if (key.length !== 2 + HASH_SIZE || (kind !== Kind.input && kind !== Kind.output)) {
      fail(ErrMalformedTransactionTree, "malformed artifact key");
    }
    yield { hash: toHex(key.subarray(1, 1 + HASH_SIZE)) as Hash, kind, value: iterator.value };
  }
}

/** A transaction with the hash of its input. */
export interface HashedTransaction extends RuntimeTransaction {
  readonly hash: Hash;
}

/** Walks over transactions, an input and then perhaps its output, in order of their hashes. */
function* transactions(iterator: TreeIterator): Generator<HashedTransaction> {
  let current: HashedTransaction | undefined;
  for (const { hash, kind, value } of artifacts(iterator)) {
    if (kind === Kind.input) {
      if (current !== undefined) yield current;
      const { input, batchOrder } = decodeCbor(InputArtifacts, value);
      current = { hash, input, batchOrder, output: null };
    } else {
      if (current?.hash !== hash) fail(ErrMalformedTransactionTree, "output without input");
      current = { ...current, output: decodeCbor(OutputArtifacts, value).output };
    }
  }
  if (current !== undefined) yield current;
}

const inBatchOrder = (a: RuntimeTransaction, b: RuntimeTransaction): number => a.batchOrder - b.batchOrder;

function withoutHash({ input, output, batchOrder }: RuntimeTransaction): RuntimeTransaction {
  return { input, output, batchOrder };
}

/**
 * All transactions in batch order. Throws ErrMalformedTransactionTree and DecodeError; on a remote
 * tree, run it with a prefetch of 20,000 items.
 */
export function readTransactions(tree: Pick<KeyValueTree, "iterate">): RuntimeTransaction[] {
  return Array.from(transactionsByHash(tree), withoutHash).sort(inBatchOrder);
}

/** All transactions in order of their hashes, one after the other. Throws as `readTransactions`. */
export function* transactionsByHash(tree: Pick<KeyValueTree, "iterate">): Generator<HashedTransaction> {
  const iterator = tree.iterate();
  iterator.seek(Uint8Array.of(TRANSACTION_PREFIX));
  yield* transactions(iterator);
}

/** One transaction; throws ErrTransactionNotFound, ErrMalformedTransactionTree and DecodeError. */
export function readTransaction(tree: Pick<KeyValueTree, "iterate">, hash: Hash): RuntimeTransaction {
  const iterator = tree.iterate();
  iterator.seek(transactionPrefix(hash));
  for (const transaction of transactions(iterator)) {
    if (transaction.hash === hash && transaction.input.length > 0) return withoutHash(transaction);
    break;
  }
  return fail(ErrTransactionNotFound, hash);
}

/** One transaction; undefined where it is not in the tree. Faster than `readTransaction`. Throws DecodeError. */
export function findTransaction(tree: Pick<KeyValueTree, "getPacked">, hash: Hash): RuntimeTransaction | undefined {
  const packed = packedFromHex(hash);
  const found = tree.getPacked(transactionKey(packed, Kind.input));
  if (found === undefined) return undefined;
  const { input, batchOrder } = decodeCbor(InputArtifacts, unpack(found));
  const output = tree.getPacked(transactionKey(packed, Kind.output));
  return {
    input,
    output: output === undefined ? null : decodeCbor(OutputArtifacts, unpack(output)).output,
    batchOrder,
  };
}

/**
 * The inputs in batch order, which must be 0, 1, 2 and so on. Throws ErrMalformedTransactionTree
 * (also for a batch above the limits) and DecodeError.
 */
export function readInputBatch(
  tree: Pick<KeyValueTree, "iterate">,
  { maxCount = 0, maxBytes = 0 }: BatchLimits = {},
): Uint8Array[] {
  const iterator = tree.iterate();
  iterator.seek(Uint8Array.of(TRANSACTION_PREFIX));
  const found: { input: Uint8Array; batchOrder: number }[] = [];
  let size = 0;
  for (const { kind, value } of artifacts(iterator)) {
    if (kind !== Kind.input) continue;
    const artifact = decodeCbor(InputArtifacts, value);
    found.push(artifact);
    size += artifact.input.length;
    if (maxCount > 0 && found.length > maxCount) fail(ErrMalformedTransactionTree, `more than ${maxCount} inputs`);
    if (maxBytes > 0 && size > maxBytes) fail(ErrMalformedTransactionTree, `more than ${maxBytes} bytes of input`);
  }
  found.sort((a, b) => a.batchOrder - b.batchOrder);
  found.forEach(({ batchOrder }, i) => {
    if (batchOrder !== i) {
      fail(ErrMalformedTransactionTree, `inconsistent order: item ${i} has batch order ${batchOrder}`);
    }
  });
  return found.map(({ input }) => input);
}

/** All tags in order of their keys in the tree. Throws ErrMalformedTransactionTree. */
export function readTags(tree: Pick<KeyValueTree, "iterate">): StoredTag[] {
  const iterator = tree.iterate();
  const tags: StoredTag[] = [];
  for (iterator.seek(Uint8Array.of(TAG_PREFIX)); iterator.valid; iterator.next()) {
    const { key, value } = iterator;
    if (key[0] !== TAG_PREFIX) break;
    const end = key.length - HASH_SIZE;
    if (end < 1) fail(ErrMalformedTransactionTree, "malformed tag key");
    tags.push({ key: key.slice(1, end), value, txHash: toHex(key.subarray(end)) as Hash });
  }
  return tags;
}
