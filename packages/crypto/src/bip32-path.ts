// Paths of derived keys (BIP-32 notation), with the texts of go/common/crypto/sakg/bip32.go.
import { CryptoError } from "./errors.ts";

/** Added to an index that is hardened (written with an apostrophe). */
export const HARDENED = 0x80000000;

const UINT32_MAX = 0xffffffffn;

function fail(position: number, reason: string): never {
  throw new CryptoError("bip32Path", `invalid BIP-0032 path's ${position}. component: ${reason}`);
}

/** The indices of a path such as `m/44'/474'/0'`; throws a `bip32Path` error. */
export function parseBip32Path(path: string): number[] {
  const [root = "", ...components] = path.split("/");
  if (root !== "m") {
    throw new CryptoError("bip32Path", `invalid BIP-0032 path's mnemonic component: ${root} (expected: m)`);
  }
  return components.map((component, i) => {
    const position = i + 2;
    const hardened = component.endsWith("'");
    const digits = hardened ? component.slice(0, -1) : component;
    if (!/^[0-9]+$/.test(digits))
      fail(position, `strconv.ParseUint: parsing ${JSON.stringify(digits)}: invalid syntax`);
    // A long run of digits must not become a costly big integer.
    const significant = digits.replace(/^0+(?=.)/, "");
    const value = significant.length > 10 ? UINT32_MAX + 1n : BigInt(significant);
    if (value > UINT32_MAX) fail(position, `strconv.ParseUint: parsing "${digits}": value out of range`);
    if (value >= BigInt(HARDENED)) fail(position, `maximum value of ${HARDENED - 1} exceeded (got: ${value})`);
    return Number(value) + (hardened ? HARDENED : 0);
  });
}

/** The text of a path. */
export function formatBip32Path(indices: readonly number[]): string {
  const components = indices.map((index) => (index >= HARDENED ? `${index - HARDENED}'` : `${index}`));
  return ["m", ...components].join("/");
}
