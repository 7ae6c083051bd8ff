import { WadiError, registerError } from "@wadi/util";

const module = "wadi/node";

/** The node cannot run as it is configured; the text says what to do. */
export const ErrNode = registerError(module, 1, "the node cannot start");

/** A failure whose text is complete as it is: operators know it from the reference. */
export function nodeError(text: string, cause?: unknown): WadiError {
  return new WadiError({ ...ErrNode, text }, cause === undefined ? {} : { cause });
}
