// Bech32 (BIP-173, not bech32m) with the checks and texts of github.com/btcsuite/btcutil/bech32 as
// go/common/encoding/bech32 wraps them. Written out rather than taken from a library because of the
// texts, which reach users through every command that takes an address.
import { utf8 } from "@wadi/util";

import { CryptoError } from "./errors.ts";

const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;
const CHECKSUM_SIZE = 6;
const MIN_SIZE = 8;
const MAX_SIZE = 90;

function polymodStep(checksum: number, value: number): number {
  const top = checksum >>> 25;
  let next = ((checksum & 0x1ffffff) << 5) ^ value;
  for (const [i, generator] of GENERATOR.entries()) if ((top >>> i) & 1) next ^= generator;
  return next;
}

/** The six checksum values of a lower-case prefix and five-bit data. */
function checksumOf(prefix: string, data: readonly number[]): number[] {
  const codes = [...utf8(prefix)];
  let checksum = 1;
  for (const code of codes) checksum = polymodStep(checksum, code >>> 5);
  checksum = polymodStep(checksum, 0);
  for (const code of codes) checksum = polymodStep(checksum, code & 31);
  for (const value of data) checksum = polymodStep(checksum, value);
  for (let i = 0; i < CHECKSUM_SIZE; i++) checksum = polymodStep(checksum, 0);
  checksum ^= 1;
  return Array.from({ length: CHECKSUM_SIZE }, (_, i) => (checksum >>> (5 * (5 - i))) & 31);
}

function textOf(values: readonly number[]): string {
  return values.map((value) => CHARSET[value]).join("");
}

/** Bytes as five-bit values, the last one padded with zero bits. */
function toFiveBits(bytes: Uint8Array): number[] {
  const out: number[] = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) out.push((held >>> (bits - 5)) & 31);
  }
  if (bits > 0) out.push((held << (5 - bits)) & 31);
  return out;
}

/** The reverse; what is left over must be fewer than five bits, all zero. */
function toBytes(values: readonly number[]): Uint8Array | undefined {
  const out = new Uint8Array(Math.floor((values.length * 5) / 8));
  let at = 0;
  let held = 0;
  let bits = 0;
  for (const value of values) {
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = held >>> bits;
  }
  return bits > 4 || (held & ((1 << bits) - 1)) !== 0 ? undefined : out;
}

function fail(reason: string): never {
  throw new CryptoError("bech32", `decoding bech32 failed: ${reason}`);
}

/** Lower-case Bech32 text. The length is not limited here, only when decoding. */
export function bech32Encode(prefix: string, data: Uint8Array): string {
  const lower = prefix.toLowerCase();
  const values = toFiveBits(data);
  return `${lower}1${textOf(values)}${textOf(checksumOf(lower, values))}`;
}

/**
 * Prefix (lower-case) and data of Bech32 text, given as a string or as the bytes that arrived;
 * throws a `bech32` error that says what is wrong. The reference counts and checks bytes.
 */
export function bech32Decode(text: string | Uint8Array): { readonly prefix: string; readonly data: Uint8Array } {
  const codes = typeof text === "string" ? utf8(text) : text;
  if (codes.length > MAX_SIZE || codes.length < MIN_SIZE) fail(`invalid bech32 string length ${codes.length}`);
  checkCharacters(codes);
  const lower = String.fromCharCode(...codes).toLowerCase();
  const separator = lower.lastIndexOf("1");
  if (separator < 1 || separator + CHECKSUM_SIZE + 1 > lower.length) fail(`invalid separator index ${separator}`);
  const prefix = lower.slice(0, separator);
  const values = Array.from(lower.slice(separator + 1), (character) => {
    const value = CHARSET.indexOf(character);
    return value < 0 ? fail(`invalid character not part of charset: ${character.charCodeAt(0)}`) : value;
  });
  const payload = values.slice(0, -CHECKSUM_SIZE);
  const expected = textOf(checksumOf(prefix, payload));
  const actual = lower.slice(-CHECKSUM_SIZE);
  if (expected !== actual) fail(`invalid checksum (expected ${expected} got ${actual})`);
  return { prefix, data: toBytes(payload) ?? fail("invalid incomplete group") };
}

function checkCharacters(codes: Uint8Array): void {
  let hasLower = false;
  let hasUpper = false;
  for (const code of codes) {
    if (code < 33 || code > 126) fail(`invalid character in string: '${String.fromCharCode(code)}'`);
    hasLower ||= code >= 97 && code <= 122;
    hasUpper ||= code >= 65 && code <= 90;
    if (hasLower && hasUpper) fail("string not all lowercase or all uppercase");
  }
}
