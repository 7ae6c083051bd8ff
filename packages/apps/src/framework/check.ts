// CheckTx. Reference: go/consensus/cometbft/abci/mux.go (CheckTx).
import { errorToWire } from "@wadi/util";

import type { Context } from "./context.ts";
import { isRefusal } from "./errors.ts";
import { executeTransaction, type Pipeline } from "./pipeline.ts";

export interface CheckResult {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
  /** 0 where it was refused. */
  readonly priority: number;
  readonly error?: unknown;
}

/** Checks a raw transaction in a check context. First checks and re-checks are the same. */
export function checkTransaction(pipeline: Pipeline, ctx: Context, raw: Uint8Array): CheckResult {
  try {
    executeTransaction(pipeline, ctx, raw);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { module, code, message } = errorToWire(error);
    const { wanted: gasWanted, used: gasUsed } = ctx.gas;
    return { code, codespace: module, log: message, gasWanted, gasUsed, priority: 0, error };
  }
  const { wanted: gasWanted, used: gasUsed } = ctx.gas;
  return { code: 0, codespace: "", log: "", gasWanted, gasUsed, priority: ctx.priority };
}
