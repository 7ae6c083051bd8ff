// Sizes such as `256mb`. Reference: go/config/util.go.

const MULTIPLIERS: Readonly<Record<string, bigint>> = { k: 1n << 10n, m: 1n << 20n, g: 1n << 30n };
const UINT64 = 1n << 64n;

/** Bytes of a size; 0 for everything that is none, as in the reference. */
export function parseSize(text: string): number {
  let number = text.trim();
  let multiplier = 1n;
  if (number.length > 2 && /b$/i.test(number)) {
    const unit = number.at(-2)?.toLowerCase() ?? "";
    multiplier = MULTIPLIERS[unit] ?? 1n;
    number = number.slice(0, MULTIPLIERS[unit] === undefined ? -1 : -2).trim();
  }
  const count = parseCount(number) * multiplier;
  return count >= UINT64 || count > BigInt(Number.MAX_SAFE_INTEGER) ? 0 : Number(count);
}

/** An integer in Go's notation whose decimal part, if any, is zero; else 0. */
function parseCount(text: string): bigint {
  const [, whole = ""] = /^(\S+?)(?:\.0+)?$/.exec(text) ?? [];
  if (/^\+?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/.test(whole)) return BigInt(whole.replace("+", ""));
  if (/^\+?0[0-7]+$/.test(whole)) return BigInt(`0o${whole.replace("+", "")}`);
  return /^\+?(0|[1-9]\d*)$/.test(whole) ? BigInt(whole.replace("+", "")) : 0n;
}
