import type { genesis } from "@wadi/types";
import { testGenesis } from "../src/testing/network-genesis.ts";

/** The one validator of the network. */
export const KILLED = "killed";

/** Epochs pass quickly, so that kills come in the middle of transitions and proofs too. */
export function killDocument(): genesis.Document {
  return testGenesis({ validators: [KILLED], accounts: { alice: 1_000_000_000n }, epochInterval: 10n });
}
