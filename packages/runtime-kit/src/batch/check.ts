import type { BodyValue, CheckTxMetadata, CheckTxResult } from "@wadi/runtime-protocol";
import { roothash } from "@wadi/types";
import type { RuntimeDefinition } from "../definition.ts";
import type { CallError } from "../errors.ts";
import { Round } from "./round.ts";
import type { BatchServices } from "./services.ts";
import { runCall } from "./transactions.ts";

const NO_ERROR = { module: "", code: 0, message: "" };

/** Checks a transaction against the state; nothing it does stays. Throws what its refusal is. */
export function checkTransaction<Tx>(runtime: RuntimeDefinition<Tx>, round: Round, tx: Tx): Partial<CheckTxMetadata> {
  const context = round.callContext(true);
  const { result } = round.emitting(() =>
    round.nested(() => {
      const metadata = runtime.transactions.metadata?.(context, tx) ?? {};
      runtime.transactions.authenticate(context, tx);
      runCall(runtime, context, tx);
      return metadata;
    }, false),
  );
  return result;
}

/** Why `operation` is refused, or what it gives. */
export function attempt<T>(round: Round, operation: () => T): { readonly value: T } | { readonly error: CallError } {
  try {
    return { value: operation() };
  } catch (e) {
    return { error: round.failureOf(e) };
  }
}

function checkInput<Tx>(runtime: RuntimeDefinition<Tx>, round: Round, input: Uint8Array): CheckTxResult {
  const checked = attempt(round, () => checkTransaction(runtime, round, runtime.transactions.decode(input)));
  if ("error" in checked) {
    const { module, code, message } = checked.error;
    return { error: { module, code, message }, meta: null };
  }
  const meta = { priority: 0n, sender: new Uint8Array(0), senderSeq: 0n, senderStateSeq: 0n, ...checked.value };
  return { error: NO_ERROR, meta };
}

/** Answers RuntimeCheckTxBatchRequest. */
export function checkBatch<Tx>(
  runtime: RuntimeDefinition<Tx>,
  request: BodyValue<"RuntimeCheckTxBatchRequest">,
  services: BatchServices,
): BodyValue<"RuntimeCheckTxBatchResponse"> {
  const { block, epoch, maxMessages, consensusBlock, inputs } = request;
  const input = { header: block.header, epoch, consensusHeight: consensusBlock.height, maxMessages };
  const round = new Round({ ...input, roundResults: roothash.RoundResults.zero() }, services);
  try {
    return { results: inputs.map((each) => checkInput(runtime, round, each)) };
  } finally {
    round.close();
  }
}
