// What a host checks of a batch before it puts its node's name to it. The committee and consensus
// find out the rest; a runtime that fails here would only cost the node its stake.
import { hashOf } from "@wadi/crypto";
import {
  emptyRoot,
  emptyStore,
  findTransaction,
  RootType,
  runInSlices,
  runToEnd,
  Tree,
  type NodeStore,
  type PaceOptions,
  type Steps,
  type WriteLog,
} from "@wadi/mkvs";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { roothash, type Hash } from "@wadi/types";
import { errorText } from "../rhp/errors.ts";
import { writeLogOf } from "./batch-tree.ts";
import { refuseBatch } from "./errors.ts";
import type { BatchRequest } from "./execute-batch.ts";

const { headerHash, messagesHash } = roothash;

/** A batch with its roots and hashes, which fit each other. */
export interface VerifiedBatch {
  readonly response: ExecuteTxBatchResponse;
  readonly round: bigint;
  readonly ioRoot: Hash;
  readonly stateRoot: Hash;
  /** The tree with `ioRoot`, over the store that it may be committed to. */
  readonly ioTree: Tree;
}

export interface VerifyOptions {
  /** Root of the inputs that the batch was to be made of; without one the runtime has chosen them. */
  readonly ioRoot?: Hash;
  /** Where the batch will be committed, if it will be. */
  readonly store?: NodeStore;
}

/**
 * Checks round, previous block, hashes, the number of messages and both roots of the I/O tree,
 * against the request (and the inputs in execute mode) and against each other. The state root is
 * checked when the batch is committed. Throws ErrBatchRefused.
 */
export function verifyBatch(
  response: ExecuteTxBatchResponse,
  request: BatchRequest,
  options: VerifyOptions = {},
): VerifiedBatch {
  return runToEnd(verifySteps(response, request, options));
}

/** `verifyBatch` in slices of a few milliseconds. Rejects as that throws, and with the reason of the signal. */
export function verifyBatchInSlices(
  response: ExecuteTxBatchResponse,
  request: BatchRequest,
  options: VerifyOptions & PaceOptions,
): Promise<VerifiedBatch> {
  return runInSlices(verifySteps(response, request, options), options);
}

function* verifySteps(
  response: ExecuteTxBatchResponse,
  request: BatchRequest,
  options: VerifyOptions,
): Steps<VerifiedBatch> {
  const { header, messages } = response.batch;
  const round = request.block.header.round + 1n;
  if (header.round !== round) refuseBatch(`round is ${header.round}, not ${round}`);
  if (header.previousHash !== headerHash(request.block.header)) refuseBatch("previous hash is of another block");
  const { ioRoot, stateRoot, messagesHash: ofMessages } = header;
  if (ioRoot === null || stateRoot === null) return refuseBatch("header without roots");
  if (messages.length > request.maxMessages) {
    refuseBatch(`${messages.length} messages, at most ${request.maxMessages} are allowed`);
  }
  if (ofMessages !== messagesHash(messages)) refuseBatch("messages hash is not of the messages");
  verifyIncoming(header, request.incoming);
  const { store = emptyStore, ioRoot: ofInputs } = options;
  const ioTree = new Tree(store, emptyRoot(request.block.header.namespace, round, RootType.io));
  const inputs = yield* verifiedInputs(response, ofInputs);
  yield;
  yield* ioTree.applyWriteLogSteps(writeLogOf(response.batch.ioWriteLog, inputs));
  if ((yield* ioTree.hashSteps()) !== ioRoot) refuseBatch("I/O root is not that of the logs");
  return { response, round, ioRoot, stateRoot, ioTree };
}

function verifyIncoming(header: roothash.ComputeResultsHeader, incoming: readonly roothash.IncomingMessage[]): void {
  const { inMsgsCount, inMsgsHash } = header;
  if (inMsgsCount > incoming.length) refuseBatch(`${inMsgsCount} of ${incoming.length} incoming messages`);
  if (inMsgsHash !== roothash.incomingMessagesHash(incoming.slice(0, inMsgsCount))) {
    refuseBatch("hash of incoming messages is not of those that were processed");
  }
}

/** The log of the inputs. */
function* verifiedInputs(
  { txInputRoot, txInputWriteLog, txHashes }: ExecuteTxBatchResponse,
  ofInputs: Hash | undefined,
): Steps<WriteLog> {
  const tree = Tree.empty(RootType.io);
  const inputs = writeLogOf(txInputWriteLog);
  yield* tree.applyWriteLogSteps(inputs);
  if ((yield* tree.hashSteps()) !== txInputRoot) refuseBatch("input root is not that of the input log");
  if (ofInputs === undefined) yield* verifyHashes(tree, inputs.size, txHashes);
  else if (txInputRoot !== ofInputs) refuseBatch("inputs are not those of the proposal");
  return inputs;
}

const HASHES_PER_STEP = 64;

/** The proposal names its inputs by hash, in order; `count` is the number of keys in the tree. */
function* verifyHashes(tree: Tree, count: number, txHashes: readonly Hash[]): Steps<void> {
  if (count !== txHashes.length) refuseBatch(`${txHashes.length} transaction hashes for ${count} inputs`);
  for (const [i, hash] of txHashes.entries()) {
    const found = inputOf(tree, hash);
    if (found?.batchOrder !== i || hashOf(found.input) !== hash) {
      refuseBatch("transaction hashes are not those of the inputs");
    }
    if ((i + 1) % HASHES_PER_STEP === 0) yield;
  }
}

function inputOf(tree: Tree, hash: Hash): ReturnType<typeof findTransaction> {
  try {
    return findTransaction(tree, hash);
  } catch (e) {
    return refuseBatch(`malformed inputs: ${errorText(e)}`, e);
  }
}
