// Import from and export to the genesis document.
// Reference: go/consensus/cometbft/apps/roothash/genesis.go.
import type { genesis, Namespace, registry, roothash } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import { runtimes, suspendedRuntimes } from "../registry/state.ts";
import { startRuntime } from "./new-runtime.ts";
import { lastRoundResults, parameters, runtimeStates, setParameters } from "./state.ts";

/** The registry has its runtimes already: first the active ones, then the suspended ones, by hash of their ID. */
export function initChain(ctx: Context, { roothash: document }: genesis.Document): void {
  setParameters(ctx, document.params);
  const start = (runtime: registry.Runtime, isSuspended: boolean): void => {
    const state = document.runtimeStates.get(runtime.id);
    startRuntime(ctx, runtime, state === undefined ? undefined : { state, isSuspended });
  };
  for (const runtime of runtimes(ctx.state)) start(runtime, false);
  for (const runtime of suspendedRuntimes(ctx.state)) start(runtime, true);
}

/** Committees, rounds in progress, evidence and incoming messages are not carried over. */
export function exportGenesis(state: State): Pick<genesis.Document, "roothash"> {
  const exported = runtimeStates(state).map(({ runtime: { id }, lastBlock: { header } }): ExportedRuntime => {
    const { round, stateRoot } = header;
    return [id, { round, stateRoot, messageResults: lastRoundResults(state, id).messages }];
  });
  return { roothash: { params: parameters(state), runtimeStates: new Map(exported) } };
}

type ExportedRuntime = readonly [Namespace, roothash.GenesisRuntimeState];
