import { ConsensusMessage, type Proposal, type Vote } from "@wadi/comet-types";
import type { VotePlace } from "./peer-state.ts";

/** What the peer has once it has a message. */
export type Knowledge =
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  /** Of the block that the peer collects, at the peer's height and round. */
  | { readonly kind: "part"; readonly height: number; readonly round: number; readonly index: number }
  | ({ readonly kind: "vote" } & VotePlace);

/** A message for one peer. */
export interface Outgoing {
  readonly channel: number;
  readonly message: ConsensusMessage;
  readonly teaches: Knowledge | undefined;
}

/** Messages that one peer after the other gets. */
const encoded = new WeakMap<Vote | Proposal, Uint8Array>();

/** The bytes to send on the channel; not to be changed. */
export function encodeOutgoing({ message }: Outgoing): Uint8Array {
  const { sum } = message;
  const content = sum?.case === "vote" ? sum.value.vote : sum?.case === "proposal" ? sum.value.proposal : undefined;
  if (content === undefined) return ConsensusMessage.encode(message);
  let bytes = encoded.get(content);
  if (bytes === undefined) {
    bytes = ConsensusMessage.encode(message);
    encoded.set(content, bytes);
  }
  return bytes;
}
