// Import and export of the beacon. Reference: go/consensus/cometbft/apps/beacon/genesis.go.
import type { genesis } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import { backendOf } from "./backends.ts";
import { epoch, parameters, setParameters } from "./state.ts";

export function initChain(ctx: Context, { beacon }: genesis.Document): void {
  setParameters(ctx, beacon.params);
  backendOf(beacon.params).initChain(ctx, beacon.params, beacon.base);
}

/** A chain that starts from this state continues with its epoch. */
export function exportGenesis(state: State): Pick<genesis.Document, "beacon"> {
  return { beacon: { base: epoch(state).epoch, params: parameters(state) } };
}
