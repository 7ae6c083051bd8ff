// What staking remembers within one block. Reference: go/consensus/cometbft/apps/staking/state/gas.go.
import type { Address } from "@wadi/crypto";

import { blockSlot } from "../framework/block-context.ts";

/** Fees paid in this block so far. */
export const blockFees = blockSlot("staking: block fees", () => 0n);

/** Account of the proposer's entity, if it is known. */
export const blockProposer = blockSlot<Address | undefined>("staking: proposer entity", () => undefined);
