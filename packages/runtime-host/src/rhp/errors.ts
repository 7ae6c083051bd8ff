// Errors of hosting. The reference's have no code of their own: they travel as (unknown, 1) and
// their text is what runtimes and operators see.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";

/** An error that crosses the wire as text only. */
export function plainError(text: string, cause?: unknown): WadiError {
  return new WadiError({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text }, { cause });
}

/** The text of a thrown value. */
export function errorText(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}
