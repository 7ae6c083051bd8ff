import { ConsensusMessage, type Proposal } from "@wadi/comet-types";
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

/** The bytes to send on the channel. */
export function encodeOutgoing({ message }: Outgoing): Uint8Array {
  return ConsensusMessage.encode(message);
}
