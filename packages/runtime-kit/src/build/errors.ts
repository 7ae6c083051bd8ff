import { registerError } from "@wadi/util";

const MODULE = "runtime-kit/build";

/** The runtime's code cannot be put into one script. */
export const ErrBundling = registerError(MODULE, 1, "cannot bundle the runtime");
/** The runtime's code does not run, or its entry exports no runtime. */
export const ErrUnusableRuntime = registerError(MODULE, 2, "unusable runtime");
/** The executable that was to be the base is none that we know. */
export const ErrUnusableNode = registerError(MODULE, 3, "unusable Node executable");
/** Node could not make the executable. */
export const ErrExecutable = registerError(MODULE, 4, "cannot make the executable");
