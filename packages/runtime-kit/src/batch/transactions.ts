import type { TransactionTag } from "@wadi/mkvs";
import type { RuntimeDefinition, Outcome } from "../definition.ts";
import type { CallContext } from "../context.ts";
import { callError, ErrUnknownMethod } from "../errors.ts";
import type { Round } from "./round.ts";

export interface TransactionResult {
  readonly outcome: Outcome;
  readonly tags: readonly TransactionTag[];
}

/** Runs the call that a transaction names. */
export function runCall<Tx>(runtime: RuntimeDefinition<Tx>, context: CallContext, tx: Tx): Uint8Array {
  const { method: name, args } = runtime.transactions.call(tx);
  const found = Object.hasOwn(runtime.methods, name) ? runtime.methods[name] : undefined;
  if (found === undefined) throw runtime.unknownMethod?.(name) ?? callError(ErrUnknownMethod, name);
  return found.run(context, args);
}

/**
 * Executes a transaction: authentication, whose changes stay, then the call, which is undone if it
 * fails. A failed call leaves no tags and no messages.
 */
export function runTransaction<Tx>(runtime: RuntimeDefinition<Tx>, round: Round, tx: Tx): TransactionResult {
  const context = round.callContext(false, runtime.transactions.caller?.(tx));
  try {
    const authentication = round.emitting(() => round.nested(() => runtime.transactions.authenticate(context, tx)));
    const call = round.emitting(() => round.nested(() => runCall(runtime, context, tx)));
    const tags = [...authentication.emissions.tags(), ...call.emissions.tags()];
    return { outcome: { ok: true, result: call.result }, tags };
  } catch (e) {
    return { outcome: { ok: false, error: round.failureOf(e) }, tags: [] };
  }
}
