// A network with governance in it, and with entities whose stake votes. The scheduler and the
// registry are there with their state alone.
import { bindContext, signatureContexts } from "@wadi/crypto";
import { create } from "@wadi/codec";
import { entity, governance, protocolVersions, signature, transaction, type upgrade } from "@wadi/types";
import { must } from "@wadi/util";

import type { Application } from "../../framework/application.ts";
import type { Context } from "../../framework/context.ts";
import type { ExecutedBlock } from "../../framework/executed-block.ts";
import type { StateMachineOptions } from "../../framework/state-machine-options.ts";
import type { TransactionResult } from "../../framework/block.ts";
import { keys as registryKeys } from "../../registry/keys.ts";
import { setEntity } from "../../registry/state.ts";
import { keys as schedulerKeys } from "../../scheduler/keys.ts";
import { setCurrentValidators } from "../../scheduler/state.ts";
import { TestNetwork } from "../../testing/network.ts";
import { governanceApplication } from "../app.ts";
import { setNextProposalId, setParameters } from "../state.ts";

export const EPOCH_BLOCKS = 4;
const STAKE = 1000n;

export const parameters = create(governance.ConsensusParameters, {
  gasCosts: new Map([
    ["submit_proposal", 100n],
    ["cast_vote", 10n],
  ]),
  minProposalDeposit: 50n,
  votingPeriod: 1n,
  stakeThreshold: 68,
  upgradeMinEpochDiff: 3n,
  upgradeCancelMinEpochDiff: 2n,
  enableChangeParametersProposal: true,
});

export interface GovernanceNetworkOptions {
  readonly parameters?: Partial<governance.ConsensusParameters>;
  /** Names of validators that have no entity in the registry. */
  readonly withoutEntity?: readonly string[];
  readonly machine?: Partial<StateMachineOptions>;
  readonly more?: readonly Application[];
}

/** Alice, Bob and Carol validate, with 1000 of stake each; Dave and Erin only have balances. */
export class GovernanceNetwork extends TestNetwork {
  constructor({ parameters: changes, withoutEntity = [], machine, more = [] }: GovernanceNetworkOptions = {}) {
    const validators = ["alice", "bob", "carol"];
    const accounts = { alice: 2000n, bob: 2000n, carol: 2000n, dave: 2000n, erin: 2000n };
    super({
      accounts,
      validators,
      epochInterval: BigInt(EPOCH_BLOCKS),
      more: [
        withParameters({ ...parameters, ...changes }),
        {
          name: "200_scheduler",
          module: "scheduler",
          keys: schedulerKeys,
          initChain: (ctx) => this.#initValidators(ctx, withoutEntity),
        },
        { name: "200_registry", module: "registry", keys: registryKeys },
        ...more,
      ],
      ...(machine === undefined ? {} : { machine }),
    });
    this.machine.initChain();
    this.block([]);
    this.block(validators.map((name) => this.#stake(name, name, STAKE)));
  }

  delegate(from: string, to: string, amount: bigint): void {
    this.block([this.#stake(from, to, amount)]);
  }

  submit(who: string, content: Partial<governance.ProposalContent>): Uint8Array {
    const body = create(governance.ProposalContent, content);
    return this.transaction(who, transaction.methods.submitProposal, body);
  }

  vote(who: string, id: bigint, vote: governance.Vote): Uint8Array {
    return this.transaction(who, transaction.methods.castVote, { id, vote });
  }

  /** The result of a transaction in a block of its own. */
  run(tx: Uint8Array): TransactionResult {
    return must(this.block([tx]).transactions[0]);
  }

  /** Makes blocks until an epoch begins; gives its first block. */
  nextEpoch(): ExecutedBlock {
    for (;;) {
      const executed = this.block([]);
      if (executed.height % EPOCH_BLOCKS === 0) return executed;
    }
  }

  #stake(from: string, to: string, amount: bigint): Uint8Array {
    return this.transaction(from, transaction.methods.stakingAddEscrow, { account: this.address(to), amount });
  }

  #initValidators({ state }: Context, withoutEntity: readonly string[]): void {
    const signers = this.validators.map((name) => this.signer(name));
    const validators = signers.map(({ publicKey: id }) => [id, { id, entityId: id, votingPower: 1n }] as const);
    setCurrentValidators(state, new Map(validators));
    const context = bindContext(signatureContexts.registerEntity);
    for (const name of this.validators) {
      if (withoutEntity.includes(name)) continue;
      const signer = this.signer(name);
      const id = signer.publicKey;
      const descriptor = { v: entity.LATEST_ENTITY_VERSION, id, nodes: [id] };
      setEntity(state, id, signature.signValue(entity.Entity, descriptor, context, signer));
    }
  }
}

function withParameters(params: governance.ConsensusParameters): Application {
  return {
    ...governanceApplication(),
    initChain: (ctx) => {
      setParameters(ctx, params);
      setNextProposalId(ctx.state, 1n);
    },
  };
}

export function upgradeAt(epoch: bigint, handler = "empty"): upgrade.Descriptor {
  return { v: 1, handler, target: protocolVersions, epoch };
}
