// The stake that a scheme ties up. Reference: go/keymanager/churp/api.go (StakeClaim, StakeThresholds).
import type { Namespace } from "../../scalars/namespace.ts";
import type { StakeThreshold } from "../../staking/account.ts";
import { thresholdKinds } from "../../staking/kinds.ts";

/** The claim on the account of the entity that owns the key manager runtime. */
export function stakeClaim(runtimeId: Namespace, id: number): string {
  return `keymanager.churp.Scheme.${runtimeId}.${id}`;
}

export const stakeThresholds = (): StakeThreshold[] => [{ global: thresholdKinds.keyManagerChurp, const: null }];
