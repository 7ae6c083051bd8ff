// Execution of a batch by a runtime (go/worker/compute/executor/committee/node.go
// `runtimeExecuteTxBatch`).
import {
  ErrCallTimeout,
  executionModes,
  type ExecuteTxBatchRequest,
  type ExecuteTxBatchResponse,
} from "@wadi/runtime-protocol";
import type { Hash, roothash } from "@wadi/types";
import { isError } from "@wadi/util";
import { plainError } from "../rhp/errors.ts";
import type { HostedRuntime } from "../rhp/hosted-runtime.ts";
import type { BatchContext } from "./batch-context.ts";

/** Proposer timeouts of the runtime after which a batch is given up. */
export const EXECUTE_TIMEOUT_FACTOR = 3;
/** Transactions that a scheduling runtime is given at the start, however many it asks for. */
const MAX_INITIAL_BATCH = 100;
const UNDETERMINED_ROOT = "00".repeat(32) as Hash;

export interface BatchRequest extends BatchContext {
  /** Results of the messages of the last successful round. */
  readonly roundResults: roothash.RoundResults | null;
  /** All messages that wait for the runtime. */
  readonly incoming: readonly roothash.IncomingMessage[];
}

export interface ExecuteOptions {
  /** `EXECUTE_TIMEOUT_FACTOR` times the proposer timeout. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

type BatchRuntime = Pick<HostedRuntime, "request" | "abort">;

/** Lets the runtime choose from `inputs`, of which it gets as many as it announced. Rejects as `executeBatch`. */
export function scheduleBatch(
  runtime: BatchRuntime,
  request: BatchRequest,
  inputs: readonly Uint8Array[],
  options: ExecuteOptions & { readonly initialBatchSize: number },
): Promise<ExecuteTxBatchResponse> {
  const first = inputs.slice(0, Math.min(options.initialBatchSize, MAX_INITIAL_BATCH));
  return run(runtime, request, { mode: executionModes.schedule, ioRoot: UNDETERMINED_ROOT, inputs: first }, options);
}

/**
 * Executes `inputs` as they are; `ioRoot` must be their root (`inputRoot`), a Rust runtime ends
 * itself otherwise. Rejects with the runtime's error. If it takes too long or the signal is
 * aborted, the runtime is aborted, which may restart it.
 */
export function executeBatch(
  runtime: BatchRuntime,
  request: BatchRequest,
  inputs: readonly Uint8Array[],
  options: ExecuteOptions & { readonly ioRoot: Hash },
): Promise<ExecuteTxBatchResponse> {
  return run(runtime, request, { mode: executionModes.execute, ioRoot: options.ioRoot, inputs }, options);
}

async function run(
  runtime: BatchRuntime,
  { block, consensusBlock, epoch, maxMessages, roundResults, incoming }: BatchRequest,
  batch: Pick<ExecuteTxBatchRequest, "mode" | "ioRoot" | "inputs">,
  { timeoutMs, signal }: ExecuteOptions,
): Promise<ExecuteTxBatchResponse> {
  const request = { ...batch, consensusBlock, roundResults, inMessages: incoming, block, epoch, maxMessages };
  try {
    return await runtime.request("RuntimeExecuteTxBatchRequest", request, { timeoutMs, ...(signal && { signal }) });
  } catch (e) {
    if (!isError(e, ErrCallTimeout) && signal?.aborted !== true) throw e;
    await runtime.abort();
    throw plainError("batch processing aborted by context", e);
  }
}
