// What staking needs of the application that knows nodes. Staking rules would otherwise depend on
// the registry's and the registry's on staking's.
import type { ConsensusAddress } from "@wadi/comet-types";
import type { PublicKey, registry } from "@wadi/types";

import type { State } from "../framework/state.ts";

/** A node as far as staking cares. */
export interface ValidatorNode {
  readonly id: PublicKey;
  readonly entityId: PublicKey;
}

/** Nodes by the address of their consensus key. */
export interface ValidatorNodes {
  byConsensusAddress(state: State, address: ConsensusAddress): ValidatorNode | undefined;
  status(state: State, id: PublicKey): registry.NodeStatus | undefined;
  setStatus(state: State, id: PublicKey, status: registry.NodeStatus): void;
}
