// A runtime that roothash hears of for the first time.
// Reference: go/consensus/cometbft/apps/roothash/roothash.go (onNewRuntime).
import { registry, roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { emitFinalized, genesisBlock } from "./runtime-block.ts";
import { findRuntimeState, setLastRoundResults, setRuntimeState, TIMEOUT_NEVER } from "./state.ts";

/** What the genesis document says about a runtime. */
export interface ImportedRuntime {
  readonly state: roothash.GenesisRuntimeState;
  readonly isSuspended: boolean;
}

/**
 * Starts a compute runtime from its descriptor or from the genesis document. It is suspended until
 * the first committee change. Known runtimes stay as they are.
 */
export function startRuntime(ctx: Context, runtime: registry.Runtime, imported?: ImportedRuntime): void {
  const { id } = runtime;
  if (runtime.kind !== registry.runtimeKinds.compute || findRuntimeState(ctx.state, id) !== undefined) return;
  const headerType = imported?.isSuspended === true ? roothash.headerTypes.suspended : roothash.headerTypes.normal;
  const block = genesisBlock(ctx, id, imported?.state ?? runtime.genesis, headerType);
  if (imported !== undefined) {
    const { messageResults } = imported.state;
    setLastRoundResults(ctx.state, id, { ...roothash.RoundResults.zero(), messages: messageResults });
  }
  setRuntimeState(ctx.state, {
    runtime,
    suspended: true,
    genesisBlock: block,
    lastBlock: block,
    lastBlockHeight: ctx.currentHeight,
    lastNormalRound: block.header.round,
    lastNormalHeight: ctx.currentHeight,
    committee: null,
    commitmentPool: null,
    timeout: TIMEOUT_NEVER,
    livenessStats: null,
  });
  emitFinalized(ctx, id, block.header.round);
}
