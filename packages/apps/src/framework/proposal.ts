// Proposals as values. Reference: go/consensus/cometbft/abci/mux.go (PrepareProposal), state.go (isEqual).
import { bytesEqual } from "@wadi/util";

import type { BlockInfo } from "./block-context.ts";

/** What a proposer starts from. */
export interface Proposal extends BlockInfo {
  readonly height: number;
  readonly txs: readonly Uint8Array[];
  /** Hex. */
  readonly nextValidatorsHash?: string;
}

/** The transactions that fit in `maxBytes`, in order; the first that does not fit ends the list. */
export function selectTransactions(txs: readonly Uint8Array[], maxBytes: number): readonly Uint8Array[] {
  let total = 0;
  const end = txs.findIndex((raw) => (total += raw.length) > maxBytes);
  return end < 0 ? txs : txs.slice(0, end);
}

/** True if a proposal that came back is the one this node made. The last commit is not compared. */
export function proposalsEqual(a: Proposal, b: Proposal): boolean {
  return (
    a.height === b.height &&
    a.time.seconds === b.time.seconds &&
    a.time.nanos === b.time.nanos &&
    a.proposerAddress === b.proposerAddress &&
    a.nextValidatorsHash === b.nextValidatorsHash &&
    a.txs.length === b.txs.length &&
    a.txs.every((raw, i) => bytesEqual(raw, b.txs[i] as Uint8Array)) &&
    a.misbehavior.length === b.misbehavior.length &&
    a.misbehavior.every((one, i) => {
      const other = b.misbehavior[i];
      return one.type === other?.type && one.validatorAddress === other.validatorAddress && one.height === other.height;
    })
  );
}
