import { plainError } from "../rhp/errors.ts";
import { registerError, WadiError } from "@wadi/util";

/** What a runtime computed contradicts the request, or itself: it must not be proposed. */
export const ErrBatchRefused = registerError("runtime/batch", 1, "batch refused");

/** A runtime answered what it may not (go/runtime/host/helpers.go `ErrInternal`). */
export function internalError(problem: string, cause?: unknown): WadiError {
  return plainError(`runtime: internal error: ${problem}`, cause);
}

export function refuseBatch(problem: string, cause?: unknown): never {
  throw new WadiError(ErrBatchRefused, { context: problem, cause });
}
