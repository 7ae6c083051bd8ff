// Accounts carry exactly the stake claims of what is registered. Reference:
// go/consensus/cometbft/apps/supplementarysanity/checks.go (checkStakeClaims),
// go/staking/api/sanity_check.go (SanityCheckStake), AddStakeClaims of registry and CHURP.
//
// As in the reference, a chain that starts from a document with CHURP schemes fails: the import
// does not make their claims anew.
import { addressToText, stakingAddress, type Address } from "@wadi/crypto";
import { churp, registry, type Namespace, type staking } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refusePlain } from "../../framework/errors.ts";
import type { State } from "../../framework/state.ts";
import { allStatuses } from "../../keymanager/churp/state.ts";
import { allEntities, allRuntimes, nodes } from "../../registry/state.ts";
import { account, accountAddresses, stakingParameters } from "../../staking/state.ts";

type Thresholds = readonly staking.StakeThreshold[];
type ClaimsByAccount = Map<Address, Map<string, Thresholds>>;

export function checkStakeClaims({ state }: Context): void {
  if (stakingParameters(state).debugBypassStake) return;
  const expected = expectedClaims(state);
  for (const address of accountAddresses(state)) {
    compareClaims(address, expected.get(address), account(state, address).escrow.stakeAccumulator);
    expected.delete(address);
  }
  for (const [address, { size }] of expected) {
    refusePlain(`unknown account ${addressToText(address)} should have ${size} stake claims`);
  }
}

function expectedClaims(state: State): ClaimsByAccount {
  const claims: ClaimsByAccount = new Map();
  const add = (address: Address, claim: string, thresholds: Thresholds): void => {
    const ofAccount = claims.get(address) ?? new Map<string, Thresholds>();
    claims.set(address, ofAccount.set(claim, thresholds));
  };
  const runtimes = allRuntimes(state);
  const byId = new Map(runtimes.map((runtime) => [runtime.id, runtime]));
  addChurpClaims(allStatuses(state), byId, add);
  for (const { id } of allEntities(state)) {
    add(stakingAddress(id), registry.STAKE_CLAIM_REGISTER_ENTITY, registry.stakeThresholdsForEntity());
  }
  for (const node of nodes(state)) {
    const thresholds = registry.stakeThresholdsForNode(node, (id) => byId.get(id));
    add(stakingAddress(node.entityId), registry.stakeClaimForNode(node.id), thresholds);
  }
  for (const runtime of runtimes) {
    const address = registry.runtimeStakingAddress(runtime);
    if (address === undefined) continue;
    add(address, registry.stakeClaimForRuntime(runtime.id), registry.stakeThresholdsForRuntime(runtime));
  }
  return claims;
}

function addChurpClaims(
  statuses: readonly churp.Status[],
  runtimes: ReadonlyMap<Namespace, registry.Runtime>,
  add: (address: Address, claim: string, thresholds: Thresholds) => void,
): void {
  for (const { runtimeId, id } of statuses) {
    const runtime = runtimes.get(runtimeId);
    const address = runtime === undefined ? undefined : registry.runtimeStakingAddress(runtime);
    if (address === undefined) refusePlain(`nobody stakes for scheme ${id} of runtime ${runtimeId}`);
    add(address, churp.stakeClaim(runtimeId, id), churp.stakeThresholds());
  }
}

function compareClaims(
  address: Address,
  expected: ReadonlyMap<string, Thresholds> | undefined,
  { claims }: staking.StakeAccumulator,
): void {
  const count = expected?.size ?? 0;
  if (claims.size !== count) {
    refusePlain(`account ${addressToText(address)} has ${claims.size} stake claims instead of ${count}`);
  }
  for (const [claim, thresholds] of expected ?? []) {
    const actual = claims.get(claim);
    if (actual === undefined) refusePlain(`account ${addressToText(address)} misses the stake claim ${claim}`);
    if (!thresholdsEqual(thresholds, actual ?? [])) {
      refusePlain(`thresholds of the stake claim ${claim} of account ${addressToText(address)} are wrong`);
    }
  }
}

function thresholdsEqual(a: Thresholds, b: Thresholds): boolean {
  return a.length === b.length && a.every((one, i) => one.global === b[i]?.global && one.const === b[i].const);
}
