// The document that would start a chain from a state.
// Reference: go/consensus/cometbft/full/common.go (StateToGenesis).
import type { Time } from "@wadi/codec";
import type { genesis } from "@wadi/types";

import type { Application } from "./application.ts";
import { parametersKey } from "./core-state.ts";
import { CorruptedStateError } from "./errors.ts";
import type { TimeSource } from "./ports.ts";
import type { State } from "./state.ts";

/** The one back end there is. */
const BACKEND = "tendermint";

export interface ExportOptions {
  readonly applications: readonly Application[];
  readonly timeSource: TimeSource;
  /** The document that the chain started from. */
  readonly document: genesis.Document;
  /** Of the block that led to the state. */
  readonly height: number;
  readonly time: Time;
}

const sections = [
  "registry",
  "roothash",
  "staking",
  "keymanager",
  "scheduler",
  "beacon",
  "governance",
] as const satisfies readonly (keyof genesis.Document)[];

/** Sections of all applications; the extra data of the first document are not carried over. */
export function exportGenesis(state: State, options: ExportOptions): genesis.Document {
  const { applications, timeSource, document, height, time } = options;
  const view = { document, height, epoch: timeSource.epoch(state) };
  let exported: Partial<genesis.Document> = {};
  for (const application of applications) exported = { ...exported, ...application.exportGenesis?.(state, view) };
  for (const section of sections) {
    if (exported[section] === undefined) throw new CorruptedStateError(`no application exports ${section}`);
  }
  const parameters = state.must(parametersKey.at());
  return {
    ...(exported as genesis.Document),
    height: BigInt(height),
    genesisTime: time,
    chainId: document.chainId,
    vault: exported.vault ?? null,
    consensus: { backend: BACKEND, params: parameters },
    extraData: null,
  };
}
