// What others ask about the core of the state. Reference: go/consensus/cometbft/apps/consensus/query.go.
import type { consensusGenesis } from "@wadi/types";

import { chainContextKey } from "../framework/core-state.ts";
import type { State } from "../framework/state.ts";
import { consensusParameters } from "./state.ts";

/** Answers about one state. */
export const consensusQueries = {
  chainContext: (state: State): string => state.must(chainContextKey.at()),
  consensusParameters: (state: State): consensusGenesis.Parameters => consensusParameters(state),
  /** Base units per gas that the network asks for. */
  minGasPrice: (state: State): bigint => consensusParameters(state).minGasPrice,
} as const;
