// Where a node was told to stop. Reference: go/consensus/cometbft/abci/upgrade.go.
import { EPOCH_INVALID } from "@wadi/types";

import type { HaltConfig } from "./ports.ts";

/** True from the configured height or epoch on; an epoch that is not known halts nobody. */
export function shouldHalt(halt: HaltConfig | undefined, height: number, epoch: bigint): boolean {
  const { height: haltHeight = 0, epoch: haltEpoch = 0n } = halt ?? {};
  if (haltHeight !== 0 && height >= haltHeight) return true;
  return haltEpoch > 0n && haltEpoch !== EPOCH_INVALID && epoch >= haltEpoch && epoch !== EPOCH_INVALID;
}
