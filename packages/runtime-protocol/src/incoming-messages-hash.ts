import { encodeCbor, list } from "@wadi/codec";
import { EMPTY_HASH, hashOf } from "@wadi/crypto";
import { roothash, type Hash } from "@wadi/types";

const IncomingMessages = list(roothash.IncomingMessage);

/** The hash of the incoming messages that a round processes; the empty hash without messages. */
export function incomingMessagesHash(messages: readonly roothash.IncomingMessage[]): Hash {
  return messages.length === 0 ? EMPTY_HASH : hashOf(encodeCbor(IncomingMessages, messages));
}
