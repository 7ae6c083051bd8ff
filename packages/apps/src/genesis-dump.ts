// What `debug dumpdb` of the reference writes: an export with the parts that never change taken
// from the document the chain started from. Reference: go/oasis-node/cmd/debug/dumpdb/dumpdb.go.
import type { genesis } from "@wadi/types";

import { exportGenesis, type ExportOptions } from "./framework/genesis-export.ts";
import type { State } from "./framework/state.ts";

export function dumpGenesis(state: State, options: ExportOptions): genesis.Document {
  const { extraData, staking } = options.document;
  const exported = exportGenesis(state, options);
  const { tokenSymbol, tokenValueExponent } = staking;
  return { ...exported, staking: { ...exported.staking, tokenSymbol, tokenValueExponent }, extraData };
}
