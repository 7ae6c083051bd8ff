// Reference: go/consensus/cometbft/apps/registry/transactions.go.
import { registry } from "@wadi/types";

import type { Context } from "../../framework/context.ts";
import { refuse } from "../../framework/errors.ts";
import { parameters } from "../state.ts";

/** Does nothing: that the transaction with its blob is in a block is the proof. */
export function proveFreshness(ctx: Context): void {
  const { teeFeatures, gasCosts } = parameters(ctx.state);
  if (teeFeatures === null || !teeFeatures.freshnessProofs) {
    refuse(registry.ErrInvalidArgument, "freshness proofs are not enabled");
  }
  ctx.useGas(1, "prove_freshness", gasCosts);
}
