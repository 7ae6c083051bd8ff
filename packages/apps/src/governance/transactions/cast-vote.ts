// governance.CastVote. Reference: go/consensus/cometbft/apps/governance/transactions.go.
import { isReservedAddress, stakingAddress, type Address, type PublicKey } from "@wadi/crypto";
import { events, governance, staking, transaction } from "@wadi/types";
import { must } from "@wadi/util";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { entity } from "../../registry/state.ts";
import { currentValidators } from "../../scheduler/state.ts";
import { delegationsFor } from "../../staking/state.ts";
import { parameters, proposal, setVote } from "../state.ts";

const gasOp = must(transaction.methods.castVote.gasOp);

/** `fromRuntime`: as the message of a runtime, which has no entity behind it. */
export function castVote(ctx: Context, { id, vote }: governance.ProposalVote, fromRuntime = false): void {
  if (ctx.isCheck) return;
  const params = parameters(ctx.state);
  ctx.useGas(1, gasOp, params.gasCosts);
  if (ctx.isSimulation) return;

  const voter = ctx.caller;
  if (isReservedAddress(voter)) refuse(staking.ErrForbidden, "the caller is a reserved account");
  requireEligible(ctx, voter, voterNodes(ctx, params, fromRuntime));
  const { state } = proposal(ctx.state, id);
  if (state !== governance.proposalStates.active) {
    refuse(governance.ErrVotingIsClosed, "the proposal is not active", { id, state });
  }
  setVote(ctx.state, id, voter, vote);
  ctx.emit(events.eventKinds.governanceVote, { id, submitter: voter, vote });
}

/**
 * The nodes of the entity whose key signed the transaction. Where an account is called on behalf
 * of another one (a vault), that is still the signer's.
 */
function voterNodes(
  ctx: Context,
  { allowVoteWithoutEntity }: governance.ConsensusParameters,
  fromRuntime: boolean,
): readonly PublicKey[] {
  const found = fromRuntime ? undefined : entity(ctx.state, ctx.signer);
  if (found !== undefined) return found.nodes ?? [];
  if (!allowVoteWithoutEntity) {
    refuse(governance.ErrNotEligible, "no entity of the signer, and allow_vote_without_entity is false");
  }
  return [];
}

/** Has a node in the validator set, or has delegated to an entity that has. */
function requireEligible(ctx: Context, voter: Address, nodes: readonly PublicKey[]): void {
  const validators = [...(currentValidators(ctx.state)?.values() ?? [])];
  const ids = new Set(validators.map(({ id }) => id));
  if (nodes.some((id) => ids.has(id))) return;
  const entities = new Set(validators.map(({ entityId }) => stakingAddress(entityId)));
  for (const escrow of delegationsFor(ctx.state, voter).keys()) {
    if (entities.has(escrow)) return;
  }
  refuse(governance.ErrNotEligible, "neither a validator nor a delegator of one", { voter });
}
