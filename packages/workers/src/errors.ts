import { registerError } from "@wadi/util";

const module = "wadi/workers";
export const ErrHistory = registerError(module, 1, "the history of the runtime's blocks cannot be used");
export const ErrStorage = registerError(module, 2, "the runtime's storage cannot be used");
export const ErrExecutor = registerError(module, 3, "the node cannot commit to the round");

/** A transaction that the pool does not take, under the module and code of the reference. */
export const ErrPool = { module: "txpool", code: 1, text: "transaction refused" } as const;
