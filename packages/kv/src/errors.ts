import { registerError } from "@wadi/util";

const MODULE = "wadi/kv";

export const ErrStoreClosed = registerError(MODULE, 1, "kv: store is closed");
export const ErrStoreReadOnly = registerError(MODULE, 2, "kv: store is read-only");
/** The system refused: disk full, permissions, a damaged file. The cause says more. */
export const ErrStoreFailed = registerError(MODULE, 3, "kv: store failed");
/** An appended key that is not above all others. */
export const ErrStoreOrder = registerError(MODULE, 4, "kv: appended key is out of order");
