// The messages of the state machine itself.
// Reference: go/consensus/cometbft/api/subcall.go, go/consensus/cometbft/abci/subcall.go.
import type { Address } from "@wadi/crypto";

import { messageKind } from "./messages.ts";

/** A call of a method in the name of an account. */
export interface Subcall {
  readonly caller: Address;
  readonly method: string;
  readonly body: Uint8Array | null;
}

/** Asks the state machine to execute a method; refused as the method refuses. */
export const executeSubcall = messageKind<Subcall, true>("mux/execute subcall");

/** The state is complete: on start with a state, and after a state sync. */
export const stateSyncCompleted = messageKind<null>("mux/state sync completed");

/** A subcall deeper than this many contexts is refused. */
export const MAX_SUBCALL_DEPTH = 8;
