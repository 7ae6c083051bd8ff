// Refusals of the rules that join blocks to the state.
import { registerError } from "@wadi/util";

const module = "cometbft/state";

/** A block that does not follow from the state; data: `rule`, the name of the broken one. */
export const ErrInvalidBlock = registerError(module, 1, "invalid block");
/** More bytes of evidence than a block may hold; data: max, got. */
export const ErrEvidenceOverflow = registerError(module, 2, "evidence exceeds its limit");
/** Transactions that do not fit a block: what the application proposes is wrong. */
export const ErrProposalTooLarge = registerError(module, 3, "transaction data size exceeds maximum");
/** Validator or parameter updates of the application that cannot be. */
export const ErrInvalidUpdates = registerError(module, 4, "invalid updates of the application");
/** A response of the application that does not fit the block. */
export const ErrInvalidResponse = registerError(module, 5, "invalid response of the application");
