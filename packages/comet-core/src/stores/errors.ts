// Failures of the engine's stores.
import { registerError } from "@wadi/util";

const module = "cometbft/store";

/** Something that must be stored is missing or does not decode; data: height and what. */
export const ErrStoreDamaged = registerError(module, 1, "the engine's database is damaged");
/** A height that is not stored (pruned, or not yet there); data: height. */
export const ErrNotStored = registerError(module, 2, "height is not stored");
/** A block that does not follow the last stored one. */
export const ErrStoreOrder = registerError(module, 3, "block out of order");
/** Pruning to a height that is not stored. */
export const ErrPruneHeight = registerError(module, 4, "cannot prune to this height");
/** The database belongs to another chain. */
export const ErrOtherChain = registerError(module, 5, "the database is of another chain");
