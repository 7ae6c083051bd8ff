// The key managers that a genesis document starts with, by the rules for descriptors.
// Reference: go/consensus/cometbft/apps/keymanager/common/genesis.go.
import { registry, type genesis, type Namespace } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { isRefusal } from "../framework/errors.ts";

/** Active key manager runtimes of the document whose descriptors hold; suspended ones are not among them. */
export function genesisKeyManagers(ctx: Context, { registry: section }: genesis.Document): Set<Namespace> {
  const verification: registry.RuntimeVerification = {
    params: section.params,
    epoch: ctx.currentEpoch(),
    verifier: ctx.verifier,
    dontBlameOasis: ctx.debug.dontBlameOasis,
    isFeatureVersion261: true,
  };
  const keyManagers = section.runtimes.filter(
    (runtime) => holds(runtime, verification) && runtime.kind === registry.runtimeKinds.keyManager,
  );
  return new Set(keyManagers.map(({ id }) => id));
}

function holds(runtime: registry.Runtime, verification: registry.RuntimeVerification): boolean {
  try {
    registry.verifyRuntime(runtime, verification);
    return true;
  } catch (e) {
    if (isRefusal(e)) return false;
    throw e;
  }
}
