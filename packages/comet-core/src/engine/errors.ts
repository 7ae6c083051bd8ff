// Failures of the engine as a whole: it stops with one of these.
import { registerError } from "@wadi/util";

const module = "cometbft/engine";

/** The application's state is too old for the blocks that are kept. */
export const ErrAppHeightTooLow = registerError(module, 1, "the application's height is below the stored blocks");
/** The application has blocks that the engine does not have. */
export const ErrAppHeightTooHigh = registerError(module, 2, "the application's height is above the stored blocks");
/** Heights of the stores that no order of writes can give. */
export const ErrStoreHeights = registerError(module, 3, "heights of the engine's stores do not fit");
/** The application's hash is not the one that the chain says. */
export const ErrAppHashMismatch = registerError(module, 4, "the application's state is not the chain's");
/** Nobody is a validator after InitChain. */
export const ErrNoValidators = registerError(module, 5, "validator set is empty after InitChain");
