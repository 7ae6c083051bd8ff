// To 24.0: CHURP, vaults, votes of delegators, larger blocks for larger node descriptors.
// Reference: go/upgrade/migrations/consensus_240.go.
import { staking, transaction } from "@wadi/types";
import { must } from "@wadi/util";

import { consensusParameters, setConsensusParameters } from "../../consensus/state.ts";
import type { Context } from "../../framework/context.ts";
import * as governance from "../../governance/state.ts";
import * as churp from "../../keymanager/churp/state.ts";
import * as registry from "../../registry/state.ts";
import { setStakingParameters, stakingParameters } from "../../staking/state.ts";
import * as vault from "../../vault/state.ts";
import type { UpgradeHandler } from "../handler.ts";

const { methods } = transaction;
const CHURP_STAKE_THRESHOLD = 10_000_000_000_000n;
const MAX_AUTHORITY_ADDRESSES = 32;

export const consensus240: UpgradeHandler = { endBlock };

function endBlock(ctx: Context): void {
  const { state } = ctx;
  setConsensusParameters(ctx, {
    ...consensusParameters(state),
    maxTxSize: 131_072n,
    maxBlockSize: 4_194_304n,
    maxBlockGas: 5_000_000n,
  });
  registry.setParameters(ctx, { ...registry.parameters(state), enableKmChurp: true });
  churp.setParameters(ctx, {
    gasCosts: defaultCosts(methods.churpCreate, methods.churpUpdate, methods.churpApply, methods.churpConfirm),
  });
  const stakingParams = stakingParameters(state);
  const thresholds = new Map(stakingParams.thresholds);
  thresholds.set(staking.thresholdKinds.keyManagerChurp, CHURP_STAKE_THRESHOLD);
  setStakingParameters(ctx, { ...stakingParams, thresholds });
  governance.setParameters(ctx, {
    ...governance.parameters(state),
    allowVoteWithoutEntity: true,
    allowProposalMetadata: true,
  });
  vault.setParameters(ctx, {
    enabled: true,
    maxAuthorityAddresses: MAX_AUTHORITY_ADDRESSES,
    gasCosts: defaultCosts(methods.vaultCreate, methods.vaultAuthorizeAction, methods.vaultCancelAction),
  });
}

function defaultCosts(...of: readonly Pick<transaction.Method, "gasOp" | "defaultGas">[]): transaction.Costs {
  return new Map(of.map(({ gasOp, defaultGas }) => [must(gasOp), defaultGas]));
}
