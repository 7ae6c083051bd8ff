// Amounts for people. Everything else counts in base units. Rule: go/staking/api/token.
import { WadiError } from "@wadi/util";

import { invalidTokenExponent } from "./errors.ts";

const TOKEN_EXPONENT_MAX = 20;
const SYMBOL_SIZE_MAX = 8;

/** What a network's genesis document says about its token. */
export interface TokenInfo {
  readonly symbol: string;
  /** Base-10 exponent: a token is 10^exponent base units. */
  readonly exponent: number;
}

/** True for 1 to 8 letters A-Z. */
export function isValidTokenSymbol(symbol: string): boolean {
  return /^[A-Z]+$/.test(symbol) && symbol.length <= SYMBOL_SIZE_MAX;
}

/**
 * Base units as tokens, with at least one digit after the point and no further trailing zeros
 * (`100.0`). Throws (`staking/token`, 1) for an exponent above 20.
 */
export function formatTokens(baseUnits: bigint, exponent: number): string {
  if (!Number.isInteger(exponent) || exponent < 0 || exponent > TOKEN_EXPONENT_MAX) {
    throw new WadiError(invalidTokenExponent);
  }
  const digits = baseUnits.toString().padStart(exponent + 1, "0");
  const point = digits.length - exponent;
  return `${digits.slice(0, point)}.${digits.slice(point).replace(/0+$/, "") || "0"}`;
}

/**
 * An amount with its unit: `-1.5 ROSE`, or `1500000000 base units` where the token's symbol or
 * exponent is unknown or not usable. Negative amounts do not exist; the sign is what happened.
 */
export function formatAmount(baseUnits: bigint, token: Partial<TokenInfo>, sign: "+" | "-" | "" = ""): string {
  const { symbol = "", exponent } = token;
  const usable = symbol !== "" && symbol.length <= SYMBOL_SIZE_MAX && exponent !== undefined;
  if (!usable || exponent > TOKEN_EXPONENT_MAX) return `${sign}${baseUnits} base units`;
  return `${sign}${formatTokens(baseUnits, exponent)} ${symbol}`;
}
