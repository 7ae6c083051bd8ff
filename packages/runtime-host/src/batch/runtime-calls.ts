// Calls of a runtime besides the execution of batches (go/runtime/host/helpers.go).
import { decodeCbor, encodeCbor, type Schema } from "@wadi/codec";
import {
  EnclaveMessage,
  EnclaveRequest,
  type CallOptions,
  type CheckTxMetadata,
  type CheckTxResult,
} from "@wadi/runtime-protocol";
import { errorText, plainError } from "../rhp/errors.ts";
import type { RuntimeCaller } from "../rhp/runtime-caller.ts";
import type { BatchContext } from "./batch-context.ts";
import { internalError } from "./errors.ts";

/** How long a check may take before the runtime is aborted. */
const CHECK_TX_TIMEOUT_MS = 15_000;

const NO_METADATA: CheckTxMetadata = Object.freeze({
  priority: 0n,
  sender: Object.freeze(new Uint8Array(0)),
  senderSeq: 0n,
  senderStateSeq: 0n,
});

/** A valid transaction's place in the pool, or why it is none. */
export type CheckedTransaction =
  | { readonly ok: true; readonly meta: CheckTxMetadata }
  | { readonly ok: false; readonly error: CheckTxResult["error"] };

/** Checks transactions: one result each, in order. Rejects if the runtime fails or answers for another number of them. */
export async function checkTransactions(
  runtime: RuntimeCaller,
  { block, consensusBlock, epoch, maxMessages }: BatchContext,
  inputs: readonly Uint8Array[],
  options: CallOptions = {},
): Promise<CheckedTransaction[]> {
  const request = { consensusBlock, inputs, block, epoch, maxMessages };
  const call = { timeoutMs: CHECK_TX_TIMEOUT_MS, ...options };
  let results: readonly CheckTxResult[];
  try {
    ({ results } = await runtime.request("RuntimeCheckTxBatchRequest", request, call));
  } catch (e) {
    options.signal?.throwIfAborted();
    throw internalError(errorText(e), e);
  }
  if (results.length !== inputs.length) {
    throw internalError("malformed runtime response: incorrect number of results");
  }
  return results.map(({ error, meta }) =>
    error.code === 0 ? { ok: true, meta: meta ?? NO_METADATA } : { ok: false, error },
  );
}

/** Asks the runtime a question of its own kind. Rejects with its error. */
export async function queryRuntime(
  runtime: RuntimeCaller,
  { block: { header }, consensusBlock, epoch, maxMessages }: BatchContext,
  { method, args }: { readonly method: string; readonly args: Uint8Array },
  options?: CallOptions,
): Promise<Uint8Array> {
  const request = { consensusBlock, header, epoch, maxMessages, method, args };
  return (await runtime.request("RuntimeQueryRequest", request, options)).data;
}

/** Lets the runtime bring its light client to `height`. */
export async function syncConsensus(runtime: RuntimeCaller, height: bigint, options?: CallOptions): Promise<void> {
  await runtime.request("RuntimeConsensusSyncRequest", { height }, options);
}

/** A method that a runtime's enclave offers to its own node. */
export interface LocalMethod<A, R> {
  readonly name: string;
  readonly args: Schema<A>;
  readonly result: Schema<R>;
}

/** Calls a local method. Rejects with `rpc failure: '...'` where the enclave refuses. */
export async function callLocally<A, R>(
  runtime: RuntimeCaller,
  { name, args: argsSchema, result }: LocalMethod<A, R>,
  args: A,
  options?: CallOptions,
): Promise<R> {
  const request = encodeCbor(EnclaveRequest, { method: name, args: encodeCbor(argsSchema, args) });
  const { response } = await runtime.request("RuntimeLocalRPCCallRequest", { request }, options);
  const body = decodeOrThrow(EnclaveMessage, response, "malformed message envelope").response?.body;
  if (body === undefined) throw plainError("message is not a response");
  if (body.success !== null) return decodeOrThrow(result, body.success, "failed to extract rpc response payload");
  if (body.error !== null) throw plainError(`rpc failure: '${body.error}'`);
  throw plainError("unknown rpc response status");
}

function decodeOrThrow<T>(schema: Schema<T>, bytes: Uint8Array, what: string): T {
  try {
    return decodeCbor(schema, bytes);
  } catch (e) {
    throw plainError(`${what}: ${errorText(e)}`, e);
  }
}
