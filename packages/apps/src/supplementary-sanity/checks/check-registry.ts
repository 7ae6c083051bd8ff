// Descriptors in the state still meet the rules. Reference:
// go/consensus/cometbft/apps/supplementarysanity/checks.go (checkRegistry).
import { FEATURE_26_1, genesis } from "@wadi/types";

import { isFeatureActive } from "../../consensus/state.ts";
import type { Context } from "../../framework/context.ts";
import { parameters, runtimes, signedEntities, signedNodes, suspendedRuntimes } from "../../registry/state.ts";

export function checkRegistry({ state, debug, verifier }: Context, epoch: bigint): void {
  const descriptors = {
    params: parameters(state),
    entities: signedEntities(state),
    runtimes: runtimes(state),
    suspendedRuntimes: suspendedRuntimes(state),
    nodes: signedNodes(state),
  };
  genesis.checkDescriptors(descriptors, {
    mode: "state",
    isFeatureVersion261: isFeatureActive(state, FEATURE_26_1),
    epoch,
    verifier,
    dontBlameOasis: debug.dontBlameOasis,
  });
}
