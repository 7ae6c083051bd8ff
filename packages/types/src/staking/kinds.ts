// Enumerations of the staking module. Reference: go/staking/api/api.go.
import { enumeration, u8 } from "@wadi/codec";

/** Names of `ThresholdKind`; each has a threshold in the consensus parameters. */
export const thresholdKinds = {
  entity: 0,
  nodeValidator: 1,
  nodeCompute: 2,
  nodeObserver: 3,
  nodeKeyManager: 4,
  runtimeCompute: 5,
  runtimeKeyManager: 6,
  keyManagerChurp: 7,
} as const;

/** What a stake threshold is for. */
export const ThresholdKind = enumeration("staking.ThresholdKind", "int", {
  0: "entity",
  1: "node-validator",
  2: "node-compute",
  3: "node-observer",
  4: "node-keymanager",
  5: "runtime-compute",
  6: "runtime-keymanager",
  7: "keymanager-churp",
});
export type ThresholdKind = number;

export const slashReasons = {
  consensusEquivocation: 0,
  consensusLightClientAttack: 4,
  runtimeIncorrectResults: 128,
  runtimeEquivocation: 129,
  runtimeLiveness: 130,
} as const;

/** Why stake was slashed. */
export const SlashReason = enumeration("staking.SlashReason", "u8", {
  0: "consensus-equivocation",
  4: "consensus-light-client-attack",
  128: "runtime-incorrect-results",
  129: "runtime-equivocation",
  130: "runtime-liveness",
});
export type SlashReason = number;

export const hookKinds = { withdraw: 1 } as const;

/** Kinds of account hooks, a u8. */
export const HookKind = u8;
export type HookKind = number;
