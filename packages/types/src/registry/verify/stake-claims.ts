// The stake that registrations tie up: a named claim per registered thing, each with thresholds
// that the escrow of its staking account must cover.
// Reference: oasis-core go/registry/api/api.go `StakeClaimFor...`, `StakeThresholdsFor...`,
// go/registry/api/runtime.go `StakingAddress`.
import { bytesOf, runtimeAddress, stakingAddress } from "@wadi/crypto";
import { assert, toBase64 } from "@wadi/util";

import type { Node } from "../../node/node.ts";
import { hasAnyRole, roles } from "../../node/roles.ts";
import type { Address } from "../../scalars/address.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import type { Namespace } from "../../scalars/namespace.ts";
import type { StakeThreshold } from "../../staking/account.ts";
import { type ThresholdKind, thresholdKinds } from "../../staking/kinds.ts";
import { governanceModels, runtimeKinds } from "../kinds.ts";
import type { Runtime } from "../runtime.ts";

export const STAKE_CLAIM_REGISTER_ENTITY = "registry.RegisterEntity";

/** The name of a node's claim; the key in base64, as in state. */
export function stakeClaimForNode(id: PublicKey): string {
  return `registry.RegisterNode.${toBase64(bytesOf(id))}`;
}

/** The name of a runtime's claim; the namespace in hex, as in state. */
export function stakeClaimForRuntime(id: Namespace): string {
  return `registry.RegisterRuntime.${id}`;
}

export const globalThreshold = (kind: ThresholdKind): StakeThreshold => ({ global: kind, const: null });

export const stakeThresholdsForEntity = (): StakeThreshold[] => [globalThreshold(thresholdKinds.entity)];

const NODE_ROLE_THRESHOLDS = [
  [roles.keyManager, thresholdKinds.nodeKeyManager],
  [roles.compute, thresholdKinds.nodeCompute],
  [roles.observer, thresholdKinds.nodeObserver],
] as const;

/** `runtimeOf` must know every runtime that the node registers for. */
export function stakeThresholdsForNode(
  node: Node,
  runtimeOf: (id: Namespace) => Runtime | undefined,
): StakeThreshold[] {
  const thresholds: StakeThreshold[] = [];
  if (hasAnyRole(node.roles, roles.validator)) thresholds.push(globalThreshold(thresholdKinds.nodeValidator));
  // A runtime appears once per version it is registered for, and counts once.
  for (const id of new Set((node.runtimes ?? []).flatMap((entry) => (entry === null ? [] : [entry.id])))) {
    const runtime = runtimeOf(id);
    assert(runtime !== undefined, `runtime ${id} of a registered node is not registered`);
    for (const [role, kind] of NODE_ROLE_THRESHOLDS) {
      if (!hasAnyRole(node.roles, role)) continue;
      thresholds.push(globalThreshold(kind));
      const own = runtime.staking.thresholds.get(kind) ?? 0n;
      if (own !== 0n) thresholds.push({ global: null, const: own });
    }
  }
  return thresholds;
}

/** What a runtime's account must hold; the kind of a registered runtime is known to be valid. */
export function stakeThresholdsForRuntime(runtime: Runtime): StakeThreshold[] {
  switch (runtime.kind) {
    case runtimeKinds.compute:
      return [globalThreshold(thresholdKinds.runtimeCompute)];
    case runtimeKinds.keyManager:
      return [globalThreshold(thresholdKinds.runtimeKeyManager)];
    default:
      assert(false, `registered runtime of kind ${runtime.kind}`);
  }
}

/** The account that stakes for a runtime; none if consensus itself governs it. */
export function runtimeStakingAddress(runtime: Runtime): Address | undefined {
  switch (runtime.governanceModel) {
    case governanceModels.entity:
      return stakingAddress(runtime.entityId);
    case governanceModels.runtime:
      return runtimeAddress(runtime.id);
    default:
      return undefined;
  }
}
