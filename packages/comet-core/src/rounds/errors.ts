// Refusals of the round state machine. They end up in events and logs; a peer is disconnected only
// for the effect `peer-error`.
import { registerError } from "@wadi/util";

const module = "cometbft/consensus";

/** A vote for another height, round or kind than the set it was given to. */
export const ErrVoteUnexpectedStep = registerError(module, 1, "unexpected step");
export const ErrVoteInvalidIndex = registerError(module, 2, "invalid validator index");
/** A second signature under the same vote. */
export const ErrVoteNonDeterministicSignature = registerError(module, 3, "non-deterministic signature");
/** A peer's third round beyond those that we follow. */
export const ErrUnwantedRound = registerError(
  module,
  4,
  "peer has sent a vote that does not match our round for more than one round",
);
/** A peer's second, different claim of a majority in one vote set. */
export const ErrConflictingMajorityClaim = registerError(module, 5, "received conflicting block ID from peer");
export const ErrInvalidProposalPolRound = registerError(module, 6, "error invalid proposal POL round");
export const ErrInvalidProposalSignature = registerError(module, 7, "error invalid proposal signature");
export const ErrProposalTooManyParts = registerError(module, 8, "error proposal has too many parts");
export const ErrProposalTooBig = registerError(
  module,
  9,
  "total size of proposal block parts exceeds maximum block bytes",
);
/** The application refused a proposed block. */
export const ErrProposalRejected = registerError(module, 10, "proposal rejected by the application");
/** Something that cannot happen while less than a third of the power is faulty; the machine stops. */
export const ErrConsensusFailure = registerError(module, 11, "consensus failure");
