// Import and export of the scheduler. Reference: go/consensus/cometbft/apps/scheduler/genesis.go.
import { stakingAddress, type PublicKey } from "@wadi/crypto";
import { genesis, node as nodeTypes, scheduler } from "@wadi/types";

import type { Context } from "../framework/context.ts";
import type { State } from "../framework/state.ts";
import { nodes } from "../registry/state.ts";
import { escrowBalance } from "../staking/state.ts";
import { genesisValidators } from "./genesis-validators.ts";
import { parameters, setCurrentValidators, setParameters } from "./state.ts";

/** The engine's limit for the sum of all voting powers. */
const MAX_TOTAL_POWER = (2n ** 63n - 1n) / 8n;

const problem = genesis.problemsOf("scheduler: invalid genesis state", "scheduler.params");
const nodeProblem = genesis.problemsOf("scheduler: invalid genesis state", "registry.nodes");
const supplyProblem = genesis.problemsOf("scheduler: invalid genesis state", "staking");

/** Throws SanityError naming the member. */
export function initChain(ctx: Context, document: genesis.Document): void {
  const { params } = document.scheduler;
  setParameters(ctx, params);
  const limits = {
    min_validators: params.minValidators,
    max_validators: params.maxValidators,
    max_validators_per_entity: params.maxValidatorsPerEntity,
  };
  for (const [member, limit] of Object.entries(limits)) {
    if (limit <= 0n) throw problem(member, `must be > 0, is ${limit}`);
  }
  setCurrentValidators(ctx.state, firstValidators(ctx.state, document));
  if (!params.debugBypassStake) checkSupply(document);
}

/** The validators that the engine starts with, as the registry has them. */
function firstValidators(state: State, document: genesis.Document): Map<PublicKey, scheduler.Validator> {
  const { debugBypassStake, votingPowerDistribution } = document.scheduler.params;
  const registered = new Map(
    nodes(state)
      .filter(({ roles }) => nodeTypes.hasAnyRole(roles, nodeTypes.roles.validator))
      .map((node) => [node.consensus.id, node]),
  );
  const validators = new Map<PublicKey, scheduler.Validator>();
  for (const { power, publicKey } of genesisValidators(document)) {
    const node = registered.get(publicKey);
    if (node === undefined) throw nodeProblem("", `genesis validator ${publicKey} is not registered`);
    const expected = debugBypassStake
      ? 1n
      : scheduler.votingPowerFromStake(escrowBalance(state, stakingAddress(node.entityId)), votingPowerDistribution);
    if (power !== expected) {
      throw nodeProblem("", `genesis validator node ${node.id} has wrong power ${power}, expected ${expected}`);
    }
    validators.set(publicKey, { id: node.id, entityId: node.entityId, votingPower: power });
  }
  return validators;
}

/** Whatever is staked later, the engine must be able to add it up. */
function checkSupply({ scheduler: { params }, staking }: genesis.Document): void {
  const power = scheduler.votingPowerFromStake(staking.totalSupply, params.votingPowerDistribution);
  if (power > MAX_TOTAL_POWER) {
    throw supplyProblem("total_supply", `total supply power ${power} exceeds the engine's limit ${MAX_TOTAL_POWER}`);
  }
}

/** Validators and committees are elected anew. */
export function exportGenesis(state: State): Pick<genesis.Document, "scheduler"> {
  return { scheduler: { params: parameters(state) } };
}
