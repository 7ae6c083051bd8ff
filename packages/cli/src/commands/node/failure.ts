import { WadiError } from "@wadi/util";

import { describeFileError, isSystemError } from "../../file-error.ts";

/** Why a node does not start; the text is the reference's where it has one. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

export function fail(text: string, cause?: unknown): never {
  throw new StartFailure(text, cause === undefined ? undefined : { cause });
}

/** Whether a node refused to start, as opposed to a defect of the program. */
export function isRefusal(e: unknown): boolean {
  return e instanceof StartFailure || e instanceof WadiError || isSystemError(e);
}

/** What an operator reads. */
export function textOf(e: unknown): string {
  if (isSystemError(e)) return describeFileError(e);
  return e instanceof Error ? e.message : String(e);
}
