// The staking application. Reference: go/consensus/cometbft/apps/staking/staking.go.
import { events, staking, transaction } from "@wadi/types";

import { handle, type Application } from "../framework/application.ts";
import { beginBlock, endBlock } from "./block.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { subscriptions } from "./messages.ts";
import type { ValidatorNodes } from "./ports.ts";
import { allow, withdraw } from "./transactions/allowances.ts";
import { amendCommissionSchedule } from "./transactions/commission.ts";
import { addEscrow, reclaimEscrow } from "./transactions/escrow.ts";
import { burn, transfer } from "./transactions/transfer.ts";

const { methods } = transaction;
const { eventKinds } = events;
const options = { priority: 1000, invalidBody: staking.ErrInvalidArgument } as const;

/** `nodes` tells which entity is behind a validator. */
export function stakingApplication(nodes: ValidatorNodes): Application {
  return {
    name: events.appNames.staking,
    module: "staking",
    keys,
    methods: [
      handle(methods.stakingTransfer, options, transfer),
      handle(methods.stakingBurn, options, burn),
      handle(methods.stakingAddEscrow, options, (ctx, body) => void addEscrow(ctx, body)),
      handle(methods.stakingReclaimEscrow, options, (ctx, body) => void reclaimEscrow(ctx, body)),
      handle(methods.stakingAmendCommissionSchedule, options, amendCommissionSchedule),
      handle(methods.stakingAllow, options, allow),
      handle(methods.stakingWithdraw, options, withdraw),
    ],
    subscriptions,
    provableEvents: [
      eventKinds.stakingTransfer,
      eventKinds.stakingBurn,
      eventKinds.stakingAddEscrow,
      eventKinds.stakingTakeEscrow,
      eventKinds.stakingDebondingStart,
      eventKinds.stakingReclaimEscrow,
      eventKinds.stakingAllowanceChange,
    ],
    initChain,
    beginBlock: (ctx) => beginBlock(ctx, nodes),
    endBlock: (ctx) => {
      endBlock(ctx);
      return undefined;
    },
    exportGenesis: (state, { document }) => ({ staking: exportGenesis(state, document.staking) }),
  };
}
