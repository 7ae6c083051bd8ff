// The upgrade of the reference's network tests: it leaves marks that the test looks for.
// Reference: go/upgrade/migrations/dummy.go.
import { bindContext, signatureContexts, stakingAddress, testSigner } from "@wadi/crypto";
import { entity, registry as registryTypes, signature, staking } from "@wadi/types";

import { consensusParameters, setConsensusParameters } from "../../consensus/state.ts";
import type { Context } from "../../framework/context.ts";
import * as registry from "../../registry/state.ts";
import { setAccount } from "../../staking/state.ts";
import type { UpgradeHandler } from "../handler.ts";

const SIGNER_NAME = "__e2e-test-migration-entity";

export const e2eTestValid: UpgradeHandler = { startup: () => undefined, beginBlock, endBlock };

/** Registers an entity that no transaction could register, with its stake claim. */
function beginBlock(ctx: Context): void {
  const signer = testSigner(SIGNER_NAME);
  const id = signer.publicKey;
  const descriptor: entity.Entity = { v: entity.LATEST_ENTITY_VERSION, id, nodes: [] };
  const context = bindContext(signatureContexts.registerEntity);
  registry.setEntity(ctx.state, id, signature.signValue(entity.Entity, descriptor, context, signer));

  const claims = new Map([[registryTypes.STAKE_CLAIM_REGISTER_ENTITY, registryTypes.stakeThresholdsForEntity()]]);
  const empty = staking.Account.zero();
  setAccount(ctx.state, stakingAddress(id), { ...empty, escrow: { ...empty.escrow, stakeAccumulator: { claims } } });
}

function endBlock(ctx: Context): void {
  const parameters = consensusParameters(ctx.state);
  setConsensusParameters(ctx, { ...parameters, maxTxSize: parameters.maxTxSize + 1n });
}
