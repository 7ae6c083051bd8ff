// State keys of the governance application.
// Reference: go/consensus/cometbft/apps/governance/state/state.go.
import { u64, type Schema } from "@wadi/codec";
import { governance } from "@wadi/types";

import { addressElement, u64Element } from "../framework/key-element.ts";
import { stateKey } from "../framework/state-key.ts";
import { cborValue, noValue, type ValueFormat } from "../framework/state-value.ts";

const strict = <V>(schema: Schema<V>): ValueFormat<V> => cborValue(schema, "strict");

export const keys = {
  nextProposalId: stateKey(0x80, "next proposal ID", {}, strict(u64)),
  proposals: stateKey(0x81, "proposals", { id: u64Element }, strict(governance.Proposal)),
  /** Proposals that can be voted on. */
  activeProposals: stateKey(0x82, "active proposals", { closesAt: u64Element, id: u64Element }, noValue),
  votes: stateKey(0x83, "votes", { id: u64Element, voter: addressElement }, strict(governance.Vote)),
  /** Upgrades that were decided and whose epoch has not come. */
  pendingUpgrades: stateKey(0x84, "pending upgrades", { epoch: u64Element, id: u64Element }, noValue),
  parameters: stateKey(0x85, "governance parameters", {}, strict(governance.ConsensusParameters)),
} as const;
