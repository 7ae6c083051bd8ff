// Failures of the engine's surroundings.
import { registerError } from "@wadi/util";

const module = "cometbft/node";

/** A file operation failed: disk full, no permission, I/O; data: path, code. */
export const ErrFile = registerError(module, 1, "file operation failed");
/** Another process, or another engine of this one, works in the directory. */
export const ErrDirectoryInUse = registerError(module, 2, "the engine's directory is in use");
/** A call that needs a running engine. */
export const ErrNotRunning = registerError(module, 3, "the engine is not running");
