import { registerError } from "@wadi/util";

const module = "cometbft/mempool";

/** A message of the mempool channel that ends the connection. */
export const ErrMempoolMessage = registerError(module, 1, "invalid mempool message");
