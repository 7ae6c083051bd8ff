// Slashing of validators that broke the rules of consensus.
// Reference: go/consensus/cometbft/apps/staking/slashing.go.
import { stakingAddress } from "@wadi/crypto";
import { EPOCH_INVALID, staking } from "@wadi/types";

import type { Misbehavior } from "../framework/block-context.ts";
import type { Context } from "../framework/context.ts";
import { slashEscrow } from "./moves.ts";
import type { ValidatorNodes } from "./ports.ts";
import { stakingParameters } from "./state.ts";

const reasons: Readonly<Record<Misbehavior["type"], staking.SlashReason>> = {
  "duplicate-vote": staking.slashReasons.consensusEquivocation,
  "light-client-attack": staking.slashReasons.consensusLightClientAttack,
};

const NO_PENALTY: staking.Slash = { amount: 0n, freezeInterval: 0n };

/** Slashes the node's entity and freezes the node; a frozen node is not slashed again. */
export function punishMisbehavior(ctx: Context, nodes: ValidatorNodes, { type, validatorAddress }: Misbehavior): void {
  const node = nodes.byConsensusAddress(ctx.state, validatorAddress);
  if (node === undefined) return;
  const status = nodes.status(ctx.state, node.id);
  if (status === undefined || status.freezeEndTime > 0n) return;
  const { amount, freezeInterval } = stakingParameters(ctx.state).slashing.get(reasons[type]) ?? NO_PENALTY;
  let { freezeEndTime } = status;
  if (freezeInterval > 0n) {
    // The reference counts from the epoch of the last block, not of this one.
    const end = ctx.lastBlockEpoch() + freezeInterval;
    freezeEndTime = end > EPOCH_INVALID ? EPOCH_INVALID : end;
  }
  slashEscrow(ctx, stakingAddress(node.entityId), amount);
  nodes.setStatus(ctx.state, node.id, { ...status, freezeEndTime });
}
