// Import and export of the governance state.
// Reference: go/consensus/cometbft/apps/governance/genesis.go.
import { governance, type genesis } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import {
  parameters,
  proposals,
  setActiveProposal,
  setNextProposalId,
  setParameters,
  setPendingUpgrade,
  setProposal,
  setVote,
  votes,
} from "./state.ts";

export function initChain(ctx: Context, { governance: document }: genesis.Document): void {
  const { state } = ctx;
  setParameters(ctx, document.params);
  let largest = 0n;
  for (const proposal of document.proposals) {
    if (proposal.id > largest) largest = proposal.id;
    if (proposal.state === governance.proposalStates.active) setActiveProposal(state, proposal);
    else setProposal(state, proposal);
    for (const { voter, vote } of document.voteEntries.get(proposal.id) ?? []) {
      setVote(state, proposal.id, voter, vote);
    }
  }
  // No epoch is valid while the chain is initialized, so none of them is ever taken over.
  for (const { proposalId, upgrade } of governance.pendingUpgrades(document.proposals, ctx.currentEpoch())) {
    setPendingUpgrade(state, proposalId, upgrade.epoch);
  }
  setNextProposalId(state, BigInt.asUintN(64, largest + 1n));
}

/** The section that would start a chain from this state. */
export function exportGenesis(state: State): governance.Genesis {
  const all = proposals(state);
  return {
    params: parameters(state),
    proposals: all,
    voteEntries: new Map(all.map(({ id }) => [id, votesOrNull(state, id)])),
  };
}

function votesOrNull(state: State, id: bigint): governance.VoteEntry[] | null {
  const found = votes(state, id);
  return found.length === 0 ? null : found;
}
