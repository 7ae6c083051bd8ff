// What the node's own transactions pay. Reference: go/consensus/api/submission.go (EstimateGasAndSetFee).
import type { transaction } from "@wadi/types";
import { WadiError } from "@wadi/util";

import { ErrFeeTooHigh } from "../errors.ts";

export interface FeeRules {
  /** Base units for a unit of gas; the network's minimum counts where it is higher. */
  readonly gasPrice: bigint;
  /** Most that a transaction may cost, in base units; 0: no limit. */
  readonly maxFee: bigint;
}

/** Of the configuration's default. */
export const defaultFeeRules: FeeRules = { gasPrice: 0n, maxFee: 10_000_000_000n };

/** The fee for an amount of gas; throws ErrFeeTooHigh. */
export function feeFor(gas: bigint, networkMinimum: bigint, { gasPrice, maxFee }: FeeRules): transaction.Fee {
  const price = gasPrice > networkMinimum ? gasPrice : networkMinimum;
  const amount = price * gas;
  if (maxFee !== 0n && amount > maxFee) throw new WadiError(ErrFeeTooHigh, { context: `${amount} (max: ${maxFee})` });
  return { amount, gas };
}
