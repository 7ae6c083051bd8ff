// What a host checks of a batch before it puts its node's name to it. The committee and consensus
// find out the rest; a runtime that fails here would only cost the node its stake.
import { hashOf } from "@wadi/crypto";
import { readInputBatch, RootType, Tree } from "@wadi/mkvs";
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
}

/** The inputs that a batch was made of; in schedule mode the runtime has chosen them. */
export interface BatchInputs {
  readonly ioRoot: Hash;
}

/**
 * Checks round, previous block, hashes, the number of messages and both roots of the I/O tree,
 * against the request (and the inputs in execute mode) and against each other. The state root is
 * checked when the batch is committed. Throws ErrBatchRefused.
 */
export function verifyBatch(
  response: ExecuteTxBatchResponse,
  request: BatchRequest,
  inputs?: BatchInputs,
): VerifiedBatch {
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
  verifyInputOutput(response, ioRoot, inputs);
  return { response, round, ioRoot, stateRoot };
}

function verifyIncoming(header: roothash.ComputeResultsHeader, incoming: readonly roothash.IncomingMessage[]): void {
  const { inMsgsCount, inMsgsHash } = header;
  if (inMsgsCount > incoming.length) refuseBatch(`${inMsgsCount} of ${incoming.length} incoming messages`);
  if (inMsgsHash !== roothash.incomingMessagesHash(incoming.slice(0, inMsgsCount))) {
    refuseBatch("hash of incoming messages is not of those that were processed");
  }
}

function verifyInputOutput(response: ExecuteTxBatchResponse, ioRoot: Hash, inputs: BatchInputs | undefined): void {
  const { txInputRoot, txInputWriteLog, txHashes, batch } = response;
  const tree = Tree.empty(RootType.io);
  try {
    tree.applyWriteLog(writeLogOf(txInputWriteLog));
    if (tree.hash() !== txInputRoot) refuseBatch("input root is not that of the input log");
    if (inputs === undefined) verifyHashes(tree, txHashes);
    else if (txInputRoot !== inputs.ioRoot) refuseBatch("inputs are not those of the proposal");
    tree.applyWriteLog(writeLogOf(batch.ioWriteLog));
    if (tree.hash() !== ioRoot) refuseBatch("I/O root is not that of the logs");
  } finally {
    tree.close();
  }
}

/** The proposal names its inputs by hash, in order. */
function verifyHashes(tree: Tree, txHashes: readonly Hash[]): void {
  let inputs: Uint8Array[];
  try {
    inputs = readInputBatch(tree);
  } catch (e) {
    return refuseBatch(`malformed inputs: ${errorText(e)}`, e);
  }
  if (inputs.length !== txHashes.length || inputs.some((input, i) => hashOf(input) !== txHashes[i])) {
    refuseBatch("transaction hashes are not those of the inputs");
  }
}
