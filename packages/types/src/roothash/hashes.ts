// Hashes of roothash structures. Reference: go/roothash/api (Evidence.Hash), block and message.
import { encodeCbor, list } from "@wadi/codec";
import { bytesOf, EMPTY_HASH, hashOf, type Hash } from "@wadi/crypto";

import { ValidationError } from "../validation-error.ts";
import { Header } from "./block.ts";
import type { Evidence } from "./bodies.ts";
import { ComputeResultsHeader } from "./commitment.ts";
import { IncomingMessage, Message } from "./message.ts";

const Messages = list(Message);
const IncomingMessages = list(IncomingMessage);

/** The hash of a runtime block. */
export function headerHash(header: Header): Hash {
  return hashOf(encodeCbor(Header, header));
}

/** What a commitment votes for. */
export function computeResultsHash(header: ComputeResultsHeader): Hash {
  return hashOf(encodeCbor(ComputeResultsHeader, header));
}

/** The hash of the messages a runtime emits; the empty hash without messages. */
export function messagesHash(messages: readonly Message[]): Hash {
  return messages.length === 0 ? EMPTY_HASH : hashOf(encodeCbor(Messages, messages));
}

/** The hash of the incoming messages that a round processes; the empty hash without messages. */
export function incomingMessagesHash(messages: readonly IncomingMessage[]): Hash {
  return messages.length === 0 ? EMPTY_HASH : hashOf(encodeCbor(IncomingMessages, messages));
}

const equivocationKind = Uint8Array.of(1);

/** What duplicates of evidence are known by: its kind and the node it is about. Throws ValidationError. */
export function evidenceHash(evidence: Evidence): Hash {
  const nodeId = evidence.equivocationProp?.propA.nodeId ?? evidence.equivocationExecutor?.commitA.nodeId;
  if (nodeId === undefined) throw new ValidationError("cannot compute hash, invalid evidence");
  return hashOf(equivocationKind, bytesOf(nodeId));
}
