import type { BodyValue, CheckTxMetadata, CheckTxResult } from "@wadi/runtime-protocol";
import { roothash } from "@wadi/types";
import type { CallContext } from "../context.ts";
import type { RuntimeDefinition } from "../definition.ts";
import { NotYetError, type CallError } from "../errors.ts";
import { Round } from "./round.ts";
import type { BatchServices } from "./services.ts";
import { runCall } from "./transactions.ts";

const NO_ERROR = { module: "", code: 0, message: "" };

/** Whether it is not yet the transaction's turn. Throws why it never will be. */
function isEarly(authenticate: () => void): boolean {
  try {
    authenticate();
    return false;
  } catch (e) {
    if (e instanceof NotYetError) return true;
    throw e;
  }
}

/**
 * Checks a transaction against the state; nothing it does stays. `before` is run first, in the
 * same place. Throws what its refusal is; returns whether others of its sender come first.
 */
export function checkTransaction<Tx>(
  runtime: RuntimeDefinition<Tx>,
  round: Round,
  tx: Tx,
  before?: (context: CallContext) => void,
): { readonly isEarly: boolean } {
  const context = round.callContext(true, runtime.transactions.caller?.(tx));
  const { result } = round.emitting(() =>
    round.nested(() => {
      before?.(context);
      const early = isEarly(() => runtime.transactions.authenticate(context, tx));
      runCall(runtime, context, tx);
      return { isEarly: early };
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
  const { transactions } = runtime;
  const checked = attempt(round, () => {
    const tx = transactions.decode(input);
    let metadata: Partial<CheckTxMetadata> = {};
    checkTransaction(runtime, round, tx, (context) => (metadata = transactions.metadata?.(context, tx) ?? {}));
    return metadata;
  });
  if ("error" in checked) {
    const { module, code, message } = checked.error;
    return { error: { module, code, message }, meta: null };
  }
  const meta = {
    priority: 0n,
    sender: new Uint8Array(0),
    senderSeq: 0n,
    senderStateSeq: 0n,
    ...checked.value,
  };
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
