// To 26.1: everything that depends on the feature version.
// Reference: go/upgrade/migrations/consensus_261.go.
import { FEATURE_26_1 } from "@wadi/types";

import { consensusParameters, setConsensusParameters } from "../../consensus/state.ts";
import type { UpgradeHandler } from "../handler.ts";

export const consensus261: UpgradeHandler = {
  endBlock: (ctx) => setConsensusParameters(ctx, { ...consensusParameters(ctx.state), featureVersion: FEATURE_26_1 }),
};
