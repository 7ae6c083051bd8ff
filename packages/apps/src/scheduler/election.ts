// What all elections of one block have in common.
import type { Address, PublicKey, node as nodes, registry, scheduler } from "@wadi/types";

import type { ProvenLots } from "./sortition.ts";

/** A registered node that is neither frozen nor expired. */
export interface Candidate {
  readonly node: nodes.Node;
  readonly status: registry.NodeStatus;
  /** Account of the node's entity. */
  readonly owner: Address;
}

/** Stake of entities, as it was when the elections began. */
export interface StakeView {
  /** True if the account's escrow covers all its claims. */
  coversClaims(owner: Address): boolean;
  /** Active escrow balance. */
  balance(owner: Address): bigint;
}

export interface Election {
  readonly epoch: bigint;
  readonly parameters: scheduler.ConsensusParameters;
  /** 32 bytes. */
  readonly beacon: Uint8Array;
  /** With the VRF backend. */
  readonly lots: ProvenLots | undefined;
  readonly stake: StakeView;
  /** Seats that debug parameters give away; null where the process does not allow that. */
  readonly forced: scheduler.ConsensusParameters["debugForceElect"];
}

export function candidateId({ node }: Candidate): PublicKey {
  return node.id;
}

/** True if the node's entity has the stake that its registrations need, or nobody needs any. */
export function isStaked({ parameters, stake }: Election, { owner }: Candidate): boolean {
  return parameters.debugBypassStake || stake.coversClaims(owner);
}
