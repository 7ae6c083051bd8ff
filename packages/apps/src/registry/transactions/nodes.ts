// Registration of nodes. Reference: go/consensus/cometbft/apps/registry/transactions.go.
import { stakingAddress } from "@wadi/crypto";
import { isDecodeError } from "@wadi/codec";
import {
  EPOCH_INVALID,
  type entity as entities,
  events,
  node as nodeTypes,
  registry,
  signature,
  type PublicKey,
} from "@wadi/types";

import { parameters as beaconParameters } from "../../beacon/state.ts";
import type { Context } from "../../framework/context.ts";
import { isRefusal, refuse, refusePlain } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { messages } from "../../message-kinds.ts";
import { StakeClaims } from "../../staking/stake-claims.ts";
import { stakingParameters } from "../../staking/state.ts";
import { attestationContext, isFeatureVersion261, registryLookup } from "../lookup.ts";
import { entity, node, nodeStatus, parameters, resumeRuntime, setNode, setNodeStatus } from "../state.ts";

const { eventKinds } = events;
/** As the parameters of the beacon name it. */
const VRF_BACKEND = "vrf";

type Node = nodeTypes.Node;
type MultiSignedNode = nodeTypes.MultiSignedNode;

/** Registers a node or renews its registration. CheckTx lets everything pass. */
export function registerNode(ctx: Context, signed: MultiSignedNode, quotes: registry.QuoteVerifier): void {
  if (ctx.isCheck) return;
  const epoch = ctx.blockEpoch();
  const verified = verify(ctx, signed, quotes, epoch);
  const next = verified.node;
  const existing = node(ctx.state, next.id);
  chargeMaintenance(ctx, verified, existing, epoch);

  ctx.atomically((inner) => {
    const isStakeBypassed = stakingParameters(inner.state).debugBypassStake;
    const claims = isStakeBypassed ? undefined : claimStake(inner.state, verified);
    if (existing !== undefined) registry.verifyNodeUpdate(existing, next, registryLookup(inner.state), epoch);
    setNode(inner.state, existing, next, signed);
    updateStatus(inner, existing, next, epoch);
    for (const runtime of verified.runtimes) resumeIfStaked(inner, runtime, claims);
    inner.emit(eventKinds.registryNode, { node: next, isRegistration: true });
  });
}

function verify(
  ctx: Context,
  signed: MultiSignedNode,
  quotes: registry.QuoteVerifier,
  epoch: bigint,
): registry.VerifiedNode {
  const { state } = ctx;
  const owner = owningEntity(state, signed);
  const lookup = registryLookup(state);
  const verified = registry.verifyRegisterNodeArgs(signed, owner, {
    params: parameters(state),
    isFeatureVersion261: isFeatureVersion261(ctx),
    epoch,
    verifier: ctx.verifier,
    runtimes: lookup,
    nodes: lookup,
    ...(ctx.isInitChain ? { mode: "genesis" } : { mode: "transaction", attestations: attestationContext(ctx, quotes) }),
  });
  const { node: next, runtimes } = verified;
  if (!ctx.isInitChain && ctx.signer !== next.id) {
    refuse(registry.ErrIncorrectTxSigner, "a node registers itself", { node: next.id, signer: ctx.signer });
  }
  for (const { id, admissionPolicy } of runtimes) {
    registry.verifyAdmission(admissionPolicy, next, id, epoch, lookup);
  }
  // It would still be valid in this epoch, but no longer than that.
  if (!ctx.isInitChain && next.expiration <= epoch) {
    refuse(registry.ErrNodeExpired, "expires at the end of this epoch", { expiration: next.expiration, epoch });
  }
  return verified;
}

/** The entity that the unverified descriptor names. */
function owningEntity(state: State, signed: MultiSignedNode): entities.Entity {
  let id: PublicKey;
  try {
    id = signature.decodeBlob(nodeTypes.Node, signed).entityId;
  } catch (e) {
    if (!isDecodeError(e)) throw e;
    refuse(registry.ErrInvalidArgument, `malformed node descriptor: ${e.message}`);
  }
  return entity(state, id) ?? refuse(registry.ErrNoSuchEntity, "the entity of the node", { entity: id });
}

/** Each runtime costs something for each epoch that the node was not registered for before. */
function chargeMaintenance(
  ctx: Context,
  { node: next, runtimes }: registry.VerifiedNode,
  existing: Node | undefined,
  epoch: bigint,
): void {
  const paid = existing === undefined || existing.expiration < epoch ? epoch : existing.expiration;
  const epochs = next.expiration > paid ? next.expiration - paid : 0n;
  // The product is an int in the reference.
  const units = BigInt.asIntN(64, BigInt(runtimes.length) * epochs);
  ctx.useGas(units, "runtime_epoch_maintenance", parameters(ctx.state).gasCosts);
}

function claimStake(state: State, { node: next, runtimes }: registry.VerifiedNode): StakeClaims {
  const claims = new StakeClaims(state);
  const thresholds = registry.stakeThresholdsForNode(next, (id) => runtimes.find((runtime) => runtime.id === id));
  // A node without any threshold has a claim all the same, stored as the nil list of the reference.
  const claimed = thresholds.length === 0 ? null : thresholds;
  claims.add(stakingAddress(next.entityId), registry.stakeClaimForNode(next.id), claimed);
  claims.commit();
  return claims;
}

const freshStatus: registry.NodeStatus = registry.NodeStatus.zero();

/** What was held against a node outlives its expiration. */
function updateStatus(ctx: Context, existing: Node | undefined, next: Node, epoch: bigint): void {
  const { state } = ctx;
  const status = existing === undefined ? freshStatus : nodeStatus(state, next.id);
  if (status === undefined) refuse(registry.ErrInvalidArgument, "node without status", { node: next.id });
  if (existing === undefined || registry.isNodeExpired(existing, epoch)) {
    // Not in committees before the next epoch, where the scheduler sets when it is.
    setNodeStatus(state, next.id, { ...status, expirationProcessed: false, electionEligibleAfter: EPOCH_INVALID });
  } else if (isFeatureVersion261(ctx) && hasNewVrfKey(state, existing, next)) {
    setNodeStatus(state, next.id, { ...status, electionEligibleAfter: EPOCH_INVALID });
  }
}

/** Somebody could otherwise try keys until one wins the next election. */
function hasNewVrfKey(state: State, existing: Node, next: Node): boolean {
  return beaconParameters(state).backend === VRF_BACKEND && existing.vrf.id !== next.vrf.id;
}

/** A suspended runtime has a node again, unless it would be suspended for its stake at once. */
function resumeIfStaked(ctx: Context, runtime: registry.Runtime, claims: StakeClaims | undefined): void {
  if (claims !== undefined && !isStaked(runtime, claims)) return;
  if (!resumeRuntime(ctx.state, runtime.id)) return;
  ctx.publish(messages.runtimeResumed, runtime);
  ctx.emit(eventKinds.registryRuntimeStarted, { runtime });
}

function isStaked(runtime: registry.Runtime, claims: StakeClaims): boolean {
  if (runtime.governanceModel === registry.governanceModels.consensus) return true;
  const owner = registry.runtimeStakingAddress(runtime);
  if (owner === undefined) refusePlain("unknown runtime governance model", { runtime: runtime.id });
  try {
    claims.check(owner);
    return true;
  } catch (e) {
    if (!isRefusal(e)) throw e;
    return false;
  }
}

/** The owner makes a frozen node take part again once its time is over. */
export function unfreezeNode(ctx: Context, { nodeId }: registry.UnfreezeNode): void {
  if (ctx.isCheck) return;
  const { state } = ctx;
  ctx.useGas(1, "unfreeze_node", parameters(state).gasCosts);
  if (ctx.isSimulation) return;

  const found = node(state, nodeId);
  if (found === undefined) refuse(registry.ErrNoSuchNode, "the node to unfreeze", { node: nodeId });
  if (ctx.signer !== found.entityId) {
    const facts = { node: nodeId, entity: found.entityId, signer: ctx.signer };
    refuse(registry.ErrBadEntityForNode, "only the entity of a node unfreezes it", facts);
  }
  const status = nodeStatus(state, nodeId);
  if (status === undefined) refuse(registry.ErrNoSuchNode, "node without status", { node: nodeId });
  const epoch = ctx.blockEpoch();
  if (status.freezeEndTime > epoch) {
    const facts = { node: nodeId, freezeEndTime: status.freezeEndTime, epoch };
    refuse(registry.ErrNodeCannotBeUnfrozen, "still frozen in this epoch", facts);
  }
  setNodeStatus(state, nodeId, { ...status, freezeEndTime: 0n });
  ctx.emit(eventKinds.registryNodeUnfrozen, { nodeId });
}
