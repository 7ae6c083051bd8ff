// Errors of the module `roothash/commitment`. Reference: go/roothash/api/commitment/pool.go.
// Codes 12 and 14 are retired.
import { registerError } from "@wadi/util";

export const ErrCommitmentNoRuntime = registerError(
  "roothash/commitment",
  1,
  "roothash/commitment: no runtime configured",
);
export const ErrCommitmentNoCommittee = registerError(
  "roothash/commitment",
  2,
  "roothash/commitment: no committee configured",
);
export const ErrCommitmentInvalidCommitteeKind = registerError(
  "roothash/commitment",
  3,
  "roothash/commitment: invalid committee kind",
);
export const ErrCommitmentRakSigInvalid = registerError(
  "roothash/commitment",
  4,
  "roothash/commitment: batch RAK signature invalid",
);
export const ErrCommitmentNotInCommittee = registerError(
  "roothash/commitment",
  5,
  "roothash/commitment: node not part of committee",
);
export const ErrCommitmentAlreadyCommitted = registerError(
  "roothash/commitment",
  6,
  "roothash/commitment: node already sent commitment",
);
export const ErrCommitmentNotBasedOnCorrectBlock = registerError(
  "roothash/commitment",
  7,
  "roothash/commitment: submitted commitment is not based on correct block",
);
export const ErrCommitmentDiscrepancyDetected = registerError(
  "roothash/commitment",
  8,
  "roothash/commitment: discrepancy detected",
);
export const ErrCommitmentStillWaiting = registerError(
  "roothash/commitment",
  9,
  "roothash/commitment: still waiting for commits",
);
export const ErrCommitmentInsufficientVotes = registerError(
  "roothash/commitment",
  10,
  "roothash/commitment: insufficient votes to finalize discrepancy resolution round",
);
export const ErrCommitmentBadExecutorCommitment = registerError(
  "roothash/commitment",
  11,
  "roothash/commitment: bad executor commitment",
);
export const ErrCommitmentInvalidMessages = registerError(
  "roothash/commitment",
  13,
  "roothash/commitment: invalid messages",
);
export const ErrCommitmentTimeoutNotCorrectRound = registerError(
  "roothash/commitment",
  15,
  "roothash/commitment: timeout not for correct round",
);
export const ErrCommitmentInvalidRound = registerError("roothash/commitment", 16, "roothash/commitment: invalid round");
export const ErrCommitmentNoSchedulerCommitment = registerError(
  "roothash/commitment",
  17,
  "roothash/commitment: no scheduler commitment",
);
export const ErrCommitmentBadSchedulerCommitment = registerError(
  "roothash/commitment",
  18,
  "roothash/commitment: bad scheduler commitment",
);
