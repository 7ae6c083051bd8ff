// Enumerations of vaults. Reference: go/vault/api/api.go.
import { u8 } from "@wadi/codec";

/** Zero is suspended, not invalid. */
export const vaultStates = { suspended: 0, active: 1 } as const;

/** State of a vault, a u8; see `vaultStates`. */
export const State = u8;
export type State = number;
