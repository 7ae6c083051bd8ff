// What members of an executor committee tell each other.
// Reference: go/p2p/api/types.go (CommitteeMessage, TxMessage).
import { bytes, named, nullable, optional, struct, u64, type TypeOf } from "@wadi/codec";
import { roothash } from "@wadi/types";

/** A message on the committee topic; empty ones are refused by whoever gets them. */
export const CommitteeMessage = struct("p2p.CommitteeMessage", {
  epoch: optional(u64),
  proposal: optional(named("Proposal", nullable(roothash.Proposal))),
});
export type CommitteeMessage = TypeOf<typeof CommitteeMessage>;

/** A message on the transaction topic: a transaction in the runtime's own form. */
export const TxMessage = bytes;
