// The two keys that belong to the state machine itself.
// Reference: go/consensus/cometbft/apps/consensus/state/state.go.
import { consensusGenesis } from "@wadi/types";

import { cborValue, textValue } from "./state-value.ts";
import { stateKey } from "./state-key.ts";

/** Hex of the genesis document's hash: keeps states of different networks apart. */
export const chainContextKey = stateKey(0xf0, "chain context", {}, textValue);

/** The consensus parameters; hooks work with the copy of the last commit, feature checks with this. */
export const parametersKey = stateKey(
  0xf1,
  "consensus parameters",
  {},
  cborValue(consensusGenesis.Parameters, "strict"),
);

export const coreKeys = { chainContext: chainContextKey, parameters: parametersKey } as const;
