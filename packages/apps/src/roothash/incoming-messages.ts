// The queue of messages that wait for a runtime.
// Reference: go/consensus/cometbft/apps/roothash/state/state.go, go/roothash/api/message/incoming_message.go.
import { roothash, type Namespace } from "@wadi/types";

import { CorruptedStateError } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

type IncomingMessage = roothash.IncomingMessage;

/** Size and next number of a runtime's queue; zeros where nothing was ever queued. */
export function incomingQueueMeta(state: State, runtime: Namespace): roothash.IncomingMessageQueueMeta {
  return state.get(keys.incomingQueueMeta.at({ runtime })) ?? roothash.IncomingMessageQueueMeta.zero();
}

/** Waiting messages from number `offset` on, in order; at most `limit` unless that is 0. */
export function incomingMessages(state: State, runtime: Namespace, offset = 0n, limit = 0): IncomingMessage[] {
  const found: IncomingMessage[] = [];
  for (const { fields, value } of state.iterate(keys.incomingMessages.under({ runtime }))) {
    if (fields.id < offset) continue;
    found.push(value);
    if (found.length === limit) break;
  }
  return found;
}

/** Queues a message under the next number. */
export function queueIncomingMessage(state: State, runtime: Namespace, message: Omit<IncomingMessage, "id">): void {
  const { size, nextSequenceNumber: id } = incomingQueueMeta(state, runtime);
  state.set(keys.incomingMessages.at({ runtime, id }), { ...message, id });
  state.set(keys.incomingQueueMeta.at({ runtime }), {
    size: size + 1,
    nextSequenceNumber: BigInt.asUintN(64, id + 1n),
  });
}

/** Takes processed messages out of the queue; nothing is written where there are none. */
export function removeIncomingMessages(state: State, runtime: Namespace, processed: readonly IncomingMessage[]): void {
  if (processed.length === 0) return;
  const meta = incomingQueueMeta(state, runtime);
  if (meta.size < processed.length) throw new CorruptedStateError("size of an incoming message queue");
  for (const { id } of processed) state.remove(keys.incomingMessages.at({ runtime, id }));
  state.set(keys.incomingQueueMeta.at({ runtime }), { ...meta, size: meta.size - processed.length });
}
