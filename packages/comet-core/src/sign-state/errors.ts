// Refusals of the private validator.
import { registerError } from "@wadi/util";

const module = "cometbft/privval";

/** The request is for an earlier height, round or step than the last signature. */
export const ErrSignRegression = registerError(module, 1, "regression");
/** Another message was signed for the same height, round and step. */
export const ErrSignConflict = registerError(module, 2, "conflicting data");
/** A signature is stored without what it is over. */
export const ErrSignStateIncomplete = registerError(module, 3, "no SignBytes found");
/** The file of the sign state does not parse. */
export const ErrSignStateInvalid = registerError(module, 4, "invalid sign state file");
/** The sign state is of another key. */
export const ErrSignStateKey = registerError(module, 5, "public key mismatch, state corruption?");
/** A chain is there but no sign state: it was lost, and what was signed is not known. */
export const ErrSignStateMissing = registerError(module, 6, "the sign state file is missing beside an existing chain");
/** The chain holds a signature of ours that is later than the sign state: it is an old copy. */
export const ErrSignStateOld = registerError(module, 7, "the sign state file is older than the chain");
