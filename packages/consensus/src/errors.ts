// Errors of this package's own module.
import { registerError } from "@wadi/util";

const module = "wadi/consensus";

export const ErrGenesis = registerError(module, 1, "the engine cannot start from this genesis document");
export const ErrFeeTooHigh = registerError(module, 2, "computed fee exceeds configured maximum");
export const ErrNoChain = registerError(module, 3, "the data directory holds no chain");
export const ErrMempoolRefused = registerError(module, 4, "the mempool does not take the transaction");
