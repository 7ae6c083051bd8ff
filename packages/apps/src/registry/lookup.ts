// The state as the verification rules see it, and what else all of them ask for.
import { FEATURE_26_1, type registry } from "@wadi/types";

import { isFeatureActive } from "../consensus/state.ts";
import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import { anyRuntime, nodeBySubKey, nodesOfEntity } from "./state.ts";

const NANOS_PER_SECOND = 1_000_000_000n;

export type RegistryLookup = registry.RuntimeLookup & registry.SubKeyLookup & registry.EntityNodesLookup;

export function registryLookup(state: State): RegistryLookup {
  return {
    anyRuntime: (id) => anyRuntime(state, id),
    nodeBySubKey: (key) => nodeBySubKey(state, key),
    nodesOfEntity: (entity) => nodesOfEntity(state, entity),
  };
}

/** InitChain always takes the rules of the newest version: the parameters may not be stored yet. */
export function isFeatureVersion261(ctx: Context): boolean {
  return ctx.isInitChain || isFeatureActive(ctx.state, FEATURE_26_1);
}

/** What attestations are judged by: time and height of the last block in CheckTx and simulation. */
export function attestationContext(ctx: Context, quotes: registry.QuoteVerifier): registry.AttestationContext {
  return {
    unixNanos: ctx.now.seconds * NANOS_PER_SECOND + BigInt(ctx.now.nanos),
    height: BigInt(ctx.lastHeight),
    quotes,
    verifier: ctx.verifier,
  };
}
