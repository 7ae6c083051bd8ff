// The governance application. Reference: go/consensus/cometbft/apps/governance/governance.go.
import { events, governance, transaction } from "@wadi/types";

import { handle, type Application } from "../framework/application.ts";
import { beginBlock, endBlock } from "./block.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { subscriptions } from "./messages.ts";
import { castVote } from "./transactions/cast-vote.ts";
import { submitProposal } from "./transactions/submit-proposal.ts";

const { methods } = transaction;
const options = { priority: 25_000, invalidBody: governance.ErrInvalidArgument } as const;

export function governanceApplication(): Application {
  return {
    name: events.appNames.governance,
    module: "governance",
    keys,
    methods: [
      handle(methods.submitProposal, options, (ctx, body) => void submitProposal(ctx, body)),
      handle(methods.castVote, options, (ctx, body) => castVote(ctx, body)),
    ],
    subscriptions,
    initChain,
    beginBlock,
    endBlock: (ctx) => {
      endBlock(ctx);
      return undefined;
    },
    exportGenesis: (state) => ({ governance: exportGenesis(state) }),
  };
}
