// Reading and writing the state of the governance application, without rules.
// Reference: go/consensus/cometbft/apps/governance/state/state.go.
import type { Address } from "@wadi/crypto";
import { governance, type upgrade } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import { CorruptedStateError, refuse } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { keys } from "./keys.ts";

export function parameters(state: State): governance.ConsensusParameters {
  return state.must(keys.parameters.at());
}

/** Only in InitChain and EndBlock, as the reference has it: elsewhere it is a bug. */
export function setParameters(ctx: Context, changed: governance.ConsensusParameters): void {
  if (ctx.mode !== "init-chain" && ctx.mode !== "end-block") {
    throw new CorruptedStateError(`governance parameters set in ${ctx.mode}`);
  }
  ctx.state.set(keys.parameters.at(), changed);
}

export function setNextProposalId(state: State, id: bigint): void {
  state.set(keys.nextProposalId.at(), id);
}

/** Gives out the next ID. */
export function takeProposalId(state: State): bigint {
  const id = state.get(keys.nextProposalId.at()) ?? 0n;
  setNextProposalId(state, BigInt.asUintN(64, id + 1n));
  return id;
}

// Proposals

/** Refuses with (`governance`, 5) if there is none. */
export function proposal(state: State, id: bigint): governance.Proposal {
  return state.get(keys.proposals.at({ id })) ?? refuse(governance.ErrNoSuchProposal, "no such proposal", { id });
}

/** All proposals by ID. */
export function proposals(state: State): governance.Proposal[] {
  return state.list(keys.proposals.all()).map(({ value }) => value);
}

/** Proposals that can be voted on, by closing epoch and ID. */
export function activeProposals(state: State): governance.Proposal[] {
  return state.list(keys.activeProposals.all()).map(({ fields: { id } }) => state.must(keys.proposals.at({ id })));
}

export function setProposal(state: State, changed: governance.Proposal): void {
  state.set(keys.proposals.at({ id: changed.id }), changed);
}

export function setActiveProposal(state: State, changed: governance.Proposal): void {
  setProposal(state, changed);
  state.set(keys.activeProposals.at(changed), true);
}

/** The proposal itself stays. */
export function removeActiveProposal(state: State, { id, closesAt }: governance.Proposal): void {
  state.remove(keys.activeProposals.at({ id, closesAt }));
}

// Votes

/** Votes for a proposal by voter. */
export function votes(state: State, id: bigint): governance.VoteEntry[] {
  return state.list(keys.votes.under({ id })).map(({ fields: { voter }, value: vote }) => ({ voter, vote }));
}

/** Replaces an earlier vote. */
export function setVote(state: State, id: bigint, voter: Address, vote: governance.Vote): void {
  state.set(keys.votes.at({ id, voter }), vote);
}

// Upgrades

/** Descriptors of upgrades that were decided, by epoch and ID of their proposal. */
export function pendingUpgrades(state: State): upgrade.Descriptor[] {
  return state.list(keys.pendingUpgrades.all()).map(({ fields: { id } }) => {
    const { content } = state.must(keys.proposals.at({ id }));
    if (content.upgrade === null) throw new CorruptedStateError(`pending upgrade of proposal ${id}, which is none`);
    return content.upgrade;
  });
}

/** The upgrade that a proposal decided; refuses with (`governance`, 5) or, if it is not pending, (`governance`, 4). */
export function pendingUpgradeOf(state: State, id: bigint): upgrade.Descriptor {
  const descriptor = proposal(state, id).content.upgrade;
  if (descriptor === null || !state.has(keys.pendingUpgrades.at({ epoch: descriptor.epoch, id }))) {
    refuse(governance.ErrNoSuchUpgrade, "the proposal has no pending upgrade", { id });
  }
  return descriptor;
}

export function setPendingUpgrade(state: State, id: bigint, epoch: bigint): void {
  state.set(keys.pendingUpgrades.at({ epoch, id }), true);
}

export function removePendingUpgrade(state: State, id: bigint, epoch: bigint): void {
  state.remove(keys.pendingUpgrades.at({ epoch, id }));
}

export function removePendingUpgradesOf(state: State, epoch: bigint): void {
  const places = [...state.keys(keys.pendingUpgrades.under({ epoch }))];
  for (const place of places) {
    state.remove(keys.pendingUpgrades.at(place));
  }
}
