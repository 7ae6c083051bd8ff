// `roothash.SubmitMsg`: queues a message, and tokens, for a runtime.
// Reference: go/consensus/cometbft/apps/roothash/transactions.go (submitMsg).
import { runtimeAddress } from "@wadi/crypto";
import { roothash } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { transferBetween } from "../../staking/moves.ts";
import { incomingQueueMeta, queueIncomingMessage } from "../incoming-messages.ts";
import { parameters, runningRuntime } from "../state.ts";

/** The transfer is undone if the queue is full; only afterwards is that known. */
export function submitMessage(ctx: Context, { id, tag, fee, tokens, data }: roothash.SubmitMsg): void {
  if (ctx.isCheck) return;
  ctx.useGas(1, "submit_msg", parameters(ctx.state).gasCosts);
  if (ctx.isSimulation) return;
  const { runtime } = runningRuntime(ctx.state, id);
  const { maxInMessages } = runtime.txnScheduler;
  if (maxInMessages === 0) {
    refuse(roothash.ErrIncomingMessageQueueFull, "the runtime takes no incoming messages", { runtime: id });
  }
  const { minInMessageFee } = runtime.staking;
  if (fee < minInMessageFee) {
    refuse(roothash.ErrIncomingMessageInsufficientFee, "below the runtime's min_in_message_fee", {
      fee,
      minInMessageFee,
    });
  }
  ctx.atomically((inner) => {
    transferBetween(inner, inner.caller, runtimeAddress(id), fee + tokens);
    const { size } = incomingQueueMeta(inner.state, id);
    if (size >= maxInMessages) {
      refuse(roothash.ErrIncomingMessageQueueFull, "as many messages as max_in_messages are waiting", {
        size,
        maxInMessages,
      });
    }
    queueIncomingMessage(inner.state, id, { caller: inner.caller, tag, fee, tokens, data });
  });
}
