// Messages that a runtime emits: each is a call in the runtime's name, carried out by the
// application it is for. Reference: go/consensus/cometbft/apps/roothash/messages.go (processRuntimeMessages).
import { runtimeAddress } from "@wadi/crypto";
import { roothash, type Namespace } from "@wadi/types";
import { errorToWire } from "@wadi/util";

import type { Context } from "../framework/context.ts";
import { isRefusal, NoSubscribersError, refuse } from "../framework/errors.ts";
import { noGas } from "../framework/gas.ts";
import type { MessageKind } from "../framework/messages.ts";
import { messages as kinds, type RuntimeMessage } from "../message-kinds.ts";

type Message = roothash.Message;
type MessageEvent = roothash.MessageEvent;

/** CBOR null: what a message without a result, or one that failed, gives. */
const NO_RESULT = Uint8Array.of(0xf6);

/**
 * Carries out the messages in order, each on its own: what one did before it failed is undone only
 * if its application does so. Gas was paid with the commitment. One outcome for each message.
 */
export function executeRuntimeMessages(
  ctx: Context,
  runtimeId: Namespace,
  messages: readonly Message[],
): MessageEvent[] {
  return ctx.asCaller(runtimeAddress(runtimeId), (inner) => {
    inner.setGas(noGas);
    return messages.map((message, index) => execute(inner, message, index));
  });
}

/** Charges the gas that the messages would use; neither outcomes nor failures matter, out of gas included. */
export function estimateRuntimeMessages(ctx: Context, runtimeId: Namespace, messages: readonly Message[]): void {
  ctx.simulating((simulation) => {
    simulation.asCaller(runtimeAddress(runtimeId), (caller) => {
      caller.discarding((inner) => {
        for (const [index, message] of messages.entries()) execute(inner, message, index);
      });
    });
  });
}

function execute(ctx: Context, message: Message, index: number): MessageEvent {
  try {
    return { module: "", code: 0, index, result: dispatch(ctx, message) ?? NO_RESULT };
  } catch (e) {
    if (!isRefusal(e)) throw e;
    const { module, code } = errorToWire(e);
    return { module, code, index, result: NO_RESULT };
  }
}

/** Only the first set member counts. */
function dispatch(ctx: Context, { staking, registry, governance }: Message): Uint8Array | undefined {
  if (staking !== null) return deliver(ctx, kinds.runtimeStaking, staking);
  if (registry !== null) return deliver(ctx, kinds.runtimeRegistry, registry);
  if (governance !== null) return deliver(ctx, kinds.runtimeGovernance, governance);
  return refuse(roothash.ErrInvalidArgument, "message without content");
}

function deliver<M>(
  ctx: Context,
  kind: MessageKind<RuntimeMessage<M>, Uint8Array>,
  message: M,
): Uint8Array | undefined {
  try {
    return ctx.publish(kind, { message, fromRuntime: true });
  } catch (e) {
    // The same error may come from a message that a subscriber published; that one stays as it is.
    if (!(e instanceof NoSubscribersError) || e.context !== kind.name) throw e;
    return refuse(roothash.ErrInvalidArgument, "no application takes messages of this kind", { kind: kind.name });
  }
}
