// Roothash: commitments of runtime committees become runtime blocks.
// Reference: go/consensus/cometbft/apps/roothash/roothash.go, api.go.
import { roothash, transaction } from "@wadi/types";

import { handle, type Application } from "../framework/application.ts";
import { beginBlock, endBlock } from "./block.ts";
import { exportGenesis, initChain } from "./genesis.ts";
import { keys } from "./keys.ts";
import { subscriptions } from "./messages.ts";
import { submitEvidence } from "./transactions/evidence.ts";
import { executorCommit, type CommitmentObserver } from "./transactions/executor-commit.ts";
import { submitMessage } from "./transactions/submit-msg.ts";

export interface RoothashOptions {
  /** Hears of every commitment that enters the mempool, unverified. */
  readonly onExecutorCommitment?: CommitmentObserver | undefined;
}

const facts = { priority: 15_000, invalidBody: roothash.ErrInvalidArgument } as const;

export function roothashApplication({ onExecutorCommitment }: RoothashOptions = {}): Application {
  return {
    name: "999_roothash",
    module: "roothash",
    keys,
    methods: [
      handle(transaction.methods.executorCommit, facts, (ctx, body) => executorCommit(ctx, body, onExecutorCommitment)),
      handle(transaction.methods.evidence, facts, submitEvidence),
      handle(transaction.methods.submitMsg, facts, submitMessage),
    ],
    subscriptions,
    initChain,
    beginBlock,
    endBlock,
    exportGenesis,
  };
}
