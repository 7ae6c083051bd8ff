// Errors of this package's own module.
import { registerError } from "@wadi/util";

export const ErrGenesis = registerError("wadi/consensus", 1, "the engine cannot start from this genesis document");
