import { registerError } from "@wadi/util";

const module = "wadi/node";

/** The node cannot run as it is configured; the text says what to do. */
export const ErrNode = registerError(module, 1, "the node cannot start");
