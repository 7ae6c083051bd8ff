// The text of account addresses, fast. A genesis document holds millions of them, and the general
// Bech32 code would take most of the time of loading one. Here is the one form that documents
// contain: lower-case text of 21 bytes under the prefix `oasis`. Whatever is not exactly that is
// left to the general code, which also says what is wrong.
import { addressFromText, type Address } from "@wadi/crypto";

const CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const PREFIX = "oasis1";
const TEXT_LENGTH = 46;
const HEX_LENGTH = 42;
/** Five-bit values of the address; the last one ends with two padding bits. */
const DATA_LENGTH = 34;
const CHECKSUM_LENGTH = 6;

/** What the top five bits of the checksum add to the next one. */
const feedback = Int32Array.from({ length: 32 }, (_, top) =>
  GENERATOR.reduce((sum, generator, i) => ((top >>> i) & 1 ? sum ^ generator : sum), 0),
);

function step(checksum: number, value: number): number {
  return ((checksum & 0x1ffffff) << 5) ^ value ^ (feedback[checksum >>> 25] as number);
}

/** The checksum after the prefix: its high bits, a zero, its low bits. */
const prefixChecksum = (() => {
  const codes = Array.from(PREFIX.slice(0, -1), (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)].reduce(step, 1);
})();

/** Character code to value, -1 for characters that do not occur. */
function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(0x80).fill(-1);
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value;
  return values;
}

const charsetValues = valuesOf(CHARSET);
const hexValues = valuesOf("0123456789abcdef");
const charsetCodes = Uint8Array.from(Buffer.from(CHARSET, "latin1"));
const hexCodes = Uint8Array.from(Buffer.from("0123456789abcdef", "latin1"));

const hexScratch = Buffer.alloc(HEX_LENGTH);
const textScratch = Buffer.alloc(TEXT_LENGTH, PREFIX, "latin1");

/** Hex of a canonical text, or undefined. */
function parseCanonical(text: string): string | undefined {
  if (text.length !== TEXT_LENGTH || !text.startsWith(PREFIX)) return undefined;
  let checksum = prefixChecksum;
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = PREFIX.length; i < TEXT_LENGTH; i++) {
    const code = text.charCodeAt(i);
    const value = code < 0x80 ? (charsetValues[code] as number) : -1;
    if (value < 0) return undefined;
    checksum = step(checksum, value);
    if (i >= PREFIX.length + DATA_LENGTH) continue;
    held = ((held << 5) | value) & 0x1ff;
    for (bits += 5; bits >= 4 && at < HEX_LENGTH; bits -= 4) {
      hexScratch[at++] = hexCodes[(held >>> (bits - 4)) & 15] as number;
    }
  }
  const padding = held & 3;
  return checksum === 1 && padding === 0 ? hexScratch.toString("latin1") : undefined;
}

/** The address of any text the reference reads; throws the general code's CryptoError. */
export function parseAddressText(text: string): Address {
  return (parseCanonical(text) as Address | undefined) ?? addressFromText(text);
}

/** Bech32 text of 42 hex characters. */
export function formatAddressText(address: Address): string {
  let checksum = prefixChecksum;
  let held = 0;
  let bits = 0;
  let at = PREFIX.length;
  const put = (value: number): void => {
    checksum = step(checksum, value);
    textScratch[at++] = charsetCodes[value] as number;
  };
  for (let i = 0; i < HEX_LENGTH; i++) {
    held = ((held << 4) | (hexValues[address.charCodeAt(i)] as number)) & 0x1ff;
    bits += 4;
    if (bits < 5) continue;
    bits -= 5;
    put((held >>> bits) & 31);
  }
  put((held << (5 - bits)) & 31);
  for (let i = 0; i < CHECKSUM_LENGTH; i++) checksum = step(checksum, 0);
  checksum ^= 1;
  for (let i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
    textScratch[at++] = charsetCodes[(checksum >>> (5 * i)) & 31] as number;
  }
  return textScratch.toString("latin1");
}
