// Errors of the module `consensus`. Reference: go/consensus/api/api.go.
import { registerError } from "@wadi/util";

export const ErrNoCommittedBlocks = registerError("consensus", 1, "consensus: no committed blocks");
export const ErrOversizedTx = registerError("consensus", 2, "consensus: oversized transaction");
export const ErrVersionNotFound = registerError("consensus", 3, "consensus: version not found");
export const ErrUnsupported = registerError("consensus", 4, "consensus: method not supported");
export const ErrDuplicateTx = registerError("consensus", 5, "consensus: duplicate transaction");
export const ErrInvalidArgument = registerError("consensus", 6, "consensus: invalid argument");
