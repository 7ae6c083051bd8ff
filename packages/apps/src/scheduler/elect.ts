// Elections at the start of an epoch, and again when stake was slashed at the start of a block.
// Reference: go/consensus/cometbft/apps/scheduler/scheduler.go (maybeElect, elect).
import { stakingAddress, type Address, type PublicKey } from "@wadi/crypto";
import { EPOCH_INVALID, FEATURE_26_1, events, registry, scheduler } from "@wadi/types";

import { beacon, parameters as beaconParameters, vrfState } from "../beacon/state.ts";
import { isFeatureActive } from "../consensus/state.ts";
import type { Context } from "../framework/context.ts";
import { chainContextKey } from "../framework/core-state.ts";
import { BlockFailure, isRefusal } from "../framework/errors.ts";
import type { State } from "../framework/state.ts";
import { messages } from "../message-kinds.ts";
import { attestationContext } from "../registry/lookup.ts";
import { isEligibleForElection, isFrozen } from "../registry/node-status.ts";
import { nodeStatus, nodes, parameters as registryParameters, runtimes } from "../registry/state.ts";
import { addRewards } from "../staking/rewards.ts";
import { StakeClaims } from "../staking/stake-claims.ts";
import { electCommittee, type ElectedCommittee } from "./committee-election.ts";
import type { Candidate, Election, StakeView } from "./election.ts";
import { ProvenLots } from "./sortition.ts";
import { parameters as schedulerParameters, removeCommittee, setCommittee, setPendingValidators } from "./state.ts";
import { executorSuitability } from "./suitability.ts";
import { electValidators } from "./validator-election.ts";

const { executor } = scheduler.committeeKinds;
const { eventKinds } = events;

/** What was decided about one runtime, for those who ask why. */
export interface RuntimeElection extends ElectedCommittee {
  readonly runtime: registry.Runtime;
}

/** The application's BeginBlock. */
export function electIfDue(ctx: Context, quotes: registry.QuoteVerifier): void {
  const changed = ctx.epochChange();
  const epoch = ctx.environment.committed === undefined ? EPOCH_INVALID : ctx.blockEpoch();
  // The first epoch has neither entropy nor useful registrations.
  if (epoch === ctx.baseEpoch) return;
  if (changed === undefined && !ctx.hasEvent(eventKinds.stakingTakeEscrow)) return;
  elect(ctx, quotes, epoch, changed !== undefined);
}

function elect(ctx: Context, quotes: registry.QuoteVerifier, epoch: bigint, withRewards: boolean): void {
  ctx.publish(messages.beforeSchedule, epoch);
  const election = prepare(ctx, epoch);
  const candidates = eligibleNodes(ctx.state, epoch);

  const { entities, validators } = electValidators(election, candidates);
  setPendingValidators(ctx.state, validators);

  const rewarded = new Set(entities);
  for (const { members, rewardable, runtime } of committees(ctx, quotes, election, candidates, entities)) {
    for (const owner of rewardable) rewarded.add(owner);
    if (members.length === 0) removeCommittee(ctx.state, executor, runtime.id);
    else setCommittee(ctx.state, { kind: executor, runtimeId: runtime.id, members: [...members], validFor: epoch });
  }
  ctx.emit(eventKinds.schedulerElected, { kinds: [executor] });

  if (!withRewards) return;
  const owners = [...rewarded].toSorted((a, b) => (a < b ? -1 : 1));
  addRewards(ctx, epoch, election.parameters.rewardFactorEpochElectionAny, owners);
}

function prepare(ctx: Context, epoch: bigint): Election {
  const { state } = ctx;
  const parameters = schedulerParameters(state);
  const isVrf = beaconParameters(state).backend === "vrf";
  return {
    epoch,
    parameters,
    beacon: beacon(state),
    lots: isVrf ? provenLots(state, epoch) : undefined,
    stake: stakeView(state),
    forced: ctx.debug.dontBlameOasis ? parameters.debugForceElect : null,
  };
}

function provenLots(state: State, epoch: bigint): ProvenLots {
  const previous = vrfState(state)?.prevState ?? null;
  if (previous === null) throw new BlockFailure("election before the first VRF round ended");
  return new ProvenLots(state.must(chainContextKey.at()), epoch, previous.pi ?? new Map(), previous.canElect);
}

/** Accounts and their claims are looked at once in an election. */
function stakeView(state: State): StakeView {
  const claims = new StakeClaims(state);
  const covered = new Map<Address, boolean>();
  const check = (owner: Address): boolean => {
    try {
      claims.check(owner);
      return true;
    } catch (e) {
      if (!isRefusal(e)) throw e;
      return false;
    }
  };
  return {
    balance: (owner) => claims.escrowBalance(owner),
    coversClaims(owner) {
      const known = covered.get(owner) ?? check(owner);
      covered.set(owner, known);
      return known;
    },
  };
}

/** Expired nodes may still be registered. */
function eligibleNodes(state: State, epoch: bigint): Candidate[] {
  const owners = new Map<PublicKey, Address>();
  const eligible: Candidate[] = [];
  for (const node of nodes(state)) {
    const status = nodeStatus(state, node.id);
    if (status === undefined) throw new BlockFailure(`node ${node.id} has no status`);
    if (isFrozen(status) || node.expiration < epoch) continue;
    const owner = owners.get(node.entityId) ?? stakingAddress(node.entityId);
    owners.set(node.entityId, owner);
    eligible.push({ node, status, owner });
  }
  return eligible;
}

/**
 * Committees of active runtimes by hash of their ID. A key manager runtime has none; before 26.1
 * it takes part and usually fails for want of a group size.
 */
function committees(
  ctx: Context,
  quotes: registry.QuoteVerifier,
  election: Election,
  nodesInOrder: readonly Candidate[],
  validatorEntities: ReadonlySet<Address>,
): RuntimeElection[] {
  const { epoch, lots, parameters } = election;
  const isFeatureVersion261 = isFeatureActive(ctx.state, FEATURE_26_1);
  const attestations = {
    features: registryParameters(ctx.state).teeFeatures,
    isFeatureVersion261,
    context: attestationContext(ctx, quotes),
  };
  const mustBeEligible = lots !== undefined && !parameters.debugAllowWeakAlpha;
  const candidates = mustBeEligible
    ? nodesInOrder.filter(({ status }) => isEligibleForElection(status, epoch))
    : nodesInOrder;
  return runtimes(ctx.state)
    .filter(({ kind }) => kind === registry.runtimeKinds.compute || !isFeatureVersion261)
    .map((runtime) => ({
      runtime,
      ...electCommittee(election, {
        runtime,
        kind: executor,
        candidates,
        validatorEntities,
        isSuitable: executorSuitability(runtime, epoch, attestations),
      }),
    }));
}
