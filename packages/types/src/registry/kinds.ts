// Enumerations of the registry. Reference: go/registry/api/runtime.go.
import { enumeration, u32 } from "@wadi/codec";

export const runtimeKinds = { invalid: 0, compute: 1, keyManager: 2 } as const;

/** A u32 without names. */
export const RuntimeKind = u32;
export type RuntimeKind = number;

export const governanceModels = { invalid: 0, entity: 1, runtime: 2, consensus: 3 } as const;

/** Who may change a runtime's descriptor. `invalid` is written but not read as text. */
export const RuntimeGovernanceModel = enumeration(
  "registry.RuntimeGovernanceModel",
  "u8",
  { 0: "invalid", 1: "entity", 2: "runtime", 3: "consensus" },
  { writeOnly: [0] },
);
export type RuntimeGovernanceModel = number;
