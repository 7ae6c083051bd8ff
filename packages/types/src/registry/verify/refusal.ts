// Shorthand for the ways a registration is refused.
import { UNKNOWN_CODE, UNKNOWN_MODULE, WadiError } from "@wadi/util";
import { ErrForbidden, ErrInvalidArgument, ErrNodeUpdateNotAllowed, ErrRuntimeUpdateNotAllowed } from "../errors.ts";

export const invalidArgument = (context?: string, cause?: unknown): WadiError =>
  new WadiError(ErrInvalidArgument, { ...(context === undefined ? {} : { context }), cause });

export const forbidden = (context?: string): WadiError =>
  new WadiError(ErrForbidden, context === undefined ? {} : { context });

export const nodeUpdateNotAllowed = (context: string): WadiError => new WadiError(ErrNodeUpdateNotAllowed, { context });

export const runtimeUpdateNotAllowed = (context: string): WadiError =>
  new WadiError(ErrRuntimeUpdateNotAllowed, { context });

/** A refusal without a registered pair; it reports (`unknown`, 1). */
export const refusal = (text: string, cause?: unknown): WadiError =>
  new WadiError({ module: UNKNOWN_MODULE, code: UNKNOWN_CODE, text }, { cause });
