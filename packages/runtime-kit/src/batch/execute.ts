// Executing a batch and putting together its results (go/runtime/host/protocol/types.go,
// runtime/src/dispatcher.rs): state root and write log on top of the last block, the tree of
// transactions, hashes of messages, and the signed header of all that.
import { encodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts, testSigner } from "@wadi/crypto";
import type { TransactionTag } from "@wadi/mkvs";
import { executionModes, type BodyValue } from "@wadi/runtime-protocol";
import { roothash, type Hash } from "@wadi/types";
import type { RuntimeDefinition } from "../definition.ts";
import { dispatcherError } from "../errors.ts";
import { ArtifactTree, sortedWriteLog, type ExecutedTransaction } from "./artifacts.ts";
import { attempt } from "./check.ts";
import { Round } from "./round.ts";
import { scheduleBatch } from "./schedule.ts";
import type { BatchServices } from "./services.ts";
import { runTransaction } from "./transactions.ts";

type ExecuteRequest = BodyValue<"RuntimeExecuteTxBatchRequest">;
type ExecuteResponse = BodyValue<"RuntimeExecuteTxBatchResponse">;

/** Without a TEE there is nothing to prove: the key is public and consensus ignores the signature. */
const signer = testSigner("ekiden test key manager RAK seed");
const signatureContext = bindContext(signatureContexts.computeResultsHeader);

interface BlockResult {
  readonly transactions: readonly ExecutedTransaction[];
  readonly rejected: readonly Hash[];
  readonly blockTags: readonly TransactionTag[];
  readonly incomingCount: number;
}

function takeIncoming<Tx>(runtime: RuntimeDefinition<Tx>, round: Round, queue: ExecuteRequest["inMessages"]): number {
  if (runtime.incomingMessages === undefined || queue.length === 0) return 0;
  const count = runtime.incomingMessages(round.callContext(false), {
    queue,
    run(input) {
      const read = attempt(round, () => runtime.transactions.decode(input));
      return "error" in read ? undefined : runTransaction(runtime, round, read.value).outcome;
    },
  });
  if (!Number.isInteger(count) || count < 0 || count > queue.length) {
    throw dispatcherError(`the runtime took ${count} of ${queue.length} incoming messages`);
  }
  return count;
}

function executeInputs<Tx>(
  runtime: RuntimeDefinition<Tx>,
  round: Round,
  inputs: readonly Uint8Array[],
): ExecutedTransaction[] {
  return inputs.map((input) => {
    const read = attempt(round, () => runtime.transactions.decode(input));
    if ("error" in read) throw dispatcherError(`malformed transaction in batch: ${read.error.message}`);
    const { outcome, tags } = runTransaction(runtime, round, read.value);
    return { input, output: runtime.transactions.encode(outcome), tags };
  });
}

function runBlock<Tx>(runtime: RuntimeDefinition<Tx>, round: Round, request: ExecuteRequest): BlockResult {
  const { result, emissions } = round.emitting(() => {
    const context = round.callContext(false);
    runtime.beginBlock?.(context);
    const incomingCount = takeIncoming(runtime, round, request.inMessages);
    const { transactions, rejected } =
      request.mode === executionModes.schedule
        ? scheduleBatch(runtime, round, request.inputs)
        : { transactions: executeInputs(runtime, round, request.inputs), rejected: [] };
    runtime.endBlock?.(context);
    round.host.rethrow();
    return { transactions, rejected, incomingCount };
  });
  return { ...result, blockTags: emissions.tags() };
}

/** Answers RuntimeExecuteTxBatchRequest in both modes. */
export function executeBatch<Tx>(
  runtime: RuntimeDefinition<Tx>,
  request: ExecuteRequest,
  services: BatchServices,
): ExecuteResponse {
  const { block, epoch, maxMessages, consensusBlock, roundResults, mode } = request;
  const { header } = block;
  const round = new Round(
    { header, epoch, consensusHeight: consensusBlock.height, maxMessages, roundResults },
    services,
  );
  try {
    const inputTree = mode === executionModes.execute ? new ArtifactTree(request.inputs) : undefined;
    if (inputTree !== undefined && inputTree.inputs.root !== request.ioRoot) {
      throw dispatcherError("I/O root inconsistent with inputs");
    }
    const result = runBlock(runtime, round, request);
    const inputs = result.transactions.map(({ input }) => input);
    const artifacts = inputTree ?? new ArtifactTree(inputs);
    return respond(round, request, result, artifacts);
  } finally {
    round.close();
  }
}

function respond(round: Round, request: ExecuteRequest, result: BlockResult, artifacts: ArtifactTree): ExecuteResponse {
  const { header } = request.block;
  const io = artifacts.finish(result.transactions, result.blockTags);
  const state = round.tree.commit(header.namespace, round.number);
  const results: roothash.ComputeResultsHeader = {
    round: round.number,
    previousHash: roothash.headerHash(header),
    ioRoot: io.root,
    stateRoot: state.hash as Hash,
    messagesHash: roothash.messagesHash(round.messages),
    inMsgsHash: roothash.incomingMessagesHash(request.inMessages.slice(0, result.incomingCount)),
    inMsgsCount: result.incomingCount,
  };
  return {
    batch: {
      header: results,
      ioWriteLog: io.writeLog,
      stateWriteLog: sortedWriteLog(state.changes),
      rakSig: signer.sign(signatureContext, encodeCbor(roothash.ComputeResultsHeader, results)),
      messages: round.messages,
    },
    txHashes: [...artifacts.hashes],
    txRejectHashes: [...result.rejected],
    txInputRoot: artifacts.inputs.root,
    txInputWriteLog: artifacts.inputs.writeLog,
  };
}
