// Registration of entities. Reference: go/consensus/cometbft/apps/registry/transactions.go.
import { stakingAddress } from "@wadi/crypto";
import { events, registry, type entity as entities } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { BlockFailure, isRefusal, refuse } from "../../framework/errors.ts";
import { addStakeClaim, removeStakeClaim } from "../../staking/stake-claims.ts";
import { stakingParameters } from "../../staking/state.ts";
import { entity, hasEntityNodes, hasEntityRuntimes, parameters, removeEntity, setEntity } from "../state.ts";

const { eventKinds } = events;

/** Registers an entity or replaces its descriptor, whatever nodes it has. */
export function registerEntity(ctx: Context, signed: entities.SignedEntity): void {
  const mode = ctx.isInitChain ? "genesis" : "transaction";
  const descriptor = registry.verifyRegisterEntityArgs(signed, mode, ctx.verifier);
  if (ctx.isCheck) return;

  const { gasCosts } = parameters(ctx.state);
  ctx.useGas(1, "register_entity", gasCosts);
  ctx.useGas(descriptor.nodes.length, "register_node", gasCosts);
  if (ctx.isSimulation) return;

  const signer = signed.signature.publicKey;
  if (!ctx.isInitChain && signer !== ctx.signer) {
    refuse(registry.ErrIncorrectTxSigner, "an entity registers itself", { entity: signer, signer: ctx.signer });
  }
  if (!stakingParameters(ctx.state).debugBypassStake) {
    const owner = stakingAddress(descriptor.id);
    addStakeClaim(ctx.state, owner, registry.STAKE_CLAIM_REGISTER_ENTITY, registry.stakeThresholdsForEntity());
  }
  setEntity(ctx.state, descriptor.id, signed);
  ctx.emit(eventKinds.registryEntity, { entity: descriptor, isRegistration: true });
}

/** Removes the signer's entity. */
export function deregisterEntity(ctx: Context): void {
  if (ctx.isCheck) return;
  const { state } = ctx;
  ctx.useGas(1, "deregister_entity", parameters(state).gasCosts);
  if (ctx.isSimulation) return;

  const id = ctx.signer;
  if (hasEntityNodes(state, id)) refuse(registry.ErrEntityHasNodes, "nodes count until they are removed", { id });
  if (hasEntityRuntimes(state, id)) refuse(registry.ErrEntityHasRuntimes, "suspended runtimes count", { id });
  const removed = entity(state, id);
  if (removed === undefined) refuse(registry.ErrNoSuchEntity, "the signer is no entity", { id });
  removeEntity(state, id);
  if (!stakingParameters(state).debugBypassStake) removeEntityClaim(ctx);
  ctx.emit(eventKinds.registryEntity, { entity: removed, isRegistration: false });
}

/** Every entity has its claim; the reference panics if it does not. */
function removeEntityClaim(ctx: Context): void {
  try {
    removeStakeClaim(ctx.state, stakingAddress(ctx.signer), registry.STAKE_CLAIM_REGISTER_ENTITY);
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw new BlockFailure("stake claim of an entity", cause);
  }
}
