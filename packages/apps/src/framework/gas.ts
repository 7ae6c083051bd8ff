// Gas accountants. Reference: go/consensus/cometbft/api/gas.go.
import type { transaction } from "@wadi/types";

import { refusePlain } from "./errors.ts";

const MAX_U64 = (1n << 64n) - 1n;

export interface GasAccountant {
  /** The limit. */
  readonly wanted: bigint;
  readonly used: bigint;
  /** Adds `amount` or throws `out of gas` or `gas overflow` (both `unknown`, 1) and adds nothing. */
  charge(amount: bigint): void;
}

/** The cost of an operation: the product wraps silently, an unlisted operation is free (undefined). */
export function gasCost(multiplier: number | bigint, op: transaction.Op, costs: transaction.Costs): bigint | undefined {
  if (multiplier < 0) throw new RangeError("gas: multiplier must be >= 0");
  const cost = costs.get(op);
  return cost === undefined ? undefined : BigInt.asUintN(64, cost * BigInt(multiplier));
}

/** Counts without limit or memory: what a context has before authentication. */
export const noGas: GasAccountant = { wanted: 0n, used: 0n, charge: () => undefined };

export function limitedGas(limit: bigint): GasAccountant {
  let used = 0n;
  return {
    wanted: limit,
    get used() {
      return used;
    },
    charge(amount) {
      if (MAX_U64 - used < amount) refusePlain("gas overflow", { used, amount });
      if (used + amount > limit) {
        refusePlain(`out of gas (limit: ${limit} wanted: ${used + amount})`, { limit, wanted: used + amount });
      }
      used += amount;
    },
  };
}

/**
 * Charges each in order; the first that refuses ends it, what was charged before stays charged.
 * Wanted is the first one's limit, used is the highest of all: with a block limit the second one
 * counts the whole block, so the gas that results report grows from transaction to transaction.
 */
export function compositeGas(...accountants: readonly GasAccountant[]): GasAccountant {
  return {
    get wanted() {
      return accountants[0]?.wanted ?? 0n;
    },
    get used() {
      return accountants.reduce((most, { used }) => (used > most ? used : most), 0n);
    },
    charge(amount) {
      for (const accountant of accountants) accountant.charge(amount);
    },
  };
}
