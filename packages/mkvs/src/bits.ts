// Bit strings of the tree (go/storage/mkvs/node/key.go): bit 0 is the most significant bit of
// byte 0. A path is never cut out of a key while walking: functions take the key and the bit
// offset at which it is entered. Labels are stored from bit 0 with their unused low bits zero.
import type { Packed } from "./packed.ts";

/** Bytes that hold so many bits. */
export function bytesOfBits(bits: number): number {
  return (bits + 7) >>> 3;
}

/** Bit `index` of `key`; bits after its end read as 0. */
export function bitAt(key: Packed, index: number): 0 | 1 {
  const byte = index >>> 3;
  return byte < key.length && (key.charCodeAt(byte) & (0x80 >>> (index & 7))) !== 0 ? 1 : 0;
}

/** The 8 bits of `key` from bit `offset` on; bits after its end read as 0. */
function octetAt(key: Packed, offset: number): number {
  const byte = offset >>> 3;
  const shift = offset & 7;
  const high = byte < key.length ? key.charCodeAt(byte) : 0;
  if (shift === 0) return high;
  const low = byte + 1 < key.length ? key.charCodeAt(byte + 1) : 0;
  return ((high << shift) | (low >>> (8 - shift))) & 0xff;
}

/**
 * The number of leading bits in which `a` from bit `aOffset` and `b` from bit `bOffset` agree,
 * at most `limit`. Both must hold `limit` bits from their offsets.
 */
export function commonBits(a: Packed, aOffset: number, b: Packed, bOffset: number, limit: number): number {
  for (let bit = 0; bit < limit; bit += 8) {
    const differing = octetAt(a, aOffset + bit) ^ octetAt(b, bOffset + bit);
    if (differing !== 0) return Math.min(limit, bit + Math.clz32(differing) - 24);
  }
  return limit;
}

/** `count` bits of `key` from bit `offset` on, as a label: moved to bit 0, unused low bits zero. */
export function sliceBits(key: Packed, offset: number, count: number): Packed {
  if (count === 0) return "";
  const spare = -count & 7;
  if (count <= 8) return String.fromCharCode(octetAt(key, offset) & (0xff << spare));
  const bytes = bytesOfBits(count);
  if ((offset & 7) === 0 && spare === 0) return key.substring(offset >>> 3, (offset >>> 3) + bytes);
  let out = "";
  for (let i = 0; i < bytes - 1; i++) out += String.fromCharCode(octetAt(key, offset + 8 * i));
  return out + String.fromCharCode(octetAt(key, offset + 8 * (bytes - 1)) & (0xff << spare));
}

/** The first `aBits` bits of `a` followed by the first `bBits` bits of `b`. Unused low bits of `a` must be zero. */
export function mergeBits(a: Packed, aBits: number, b: Packed, bBits: number): Packed {
  if (aBits === 0) return sliceBits(b, 0, bBits);
  const shift = aBits & 7;
  if (shift === 0) return a.substring(0, aBits >>> 3) + sliceBits(b, 0, bBits);
  const whole = aBits >>> 3;
  const joint = a.charCodeAt(whole) | (octetAt(b, 0) >>> shift);
  const head = a.substring(0, whole) + String.fromCharCode(joint);
  const taken = 8 - shift;
  return bBits <= taken ? head : head + sliceBits(b, taken, bBits - taken);
}

/** `key` cut or grown to hold bit `index`, with that bit set to `bit` and the others kept. */
export function withBit(key: Packed, index: number, bit: 0 | 1): Packed {
  const byte = index >>> 3;
  const mask = 0x80 >>> (index & 7);
  const old = byte < key.length ? key.charCodeAt(byte) : 0;
  const head = key.length < byte ? key + "\0".repeat(byte - key.length) : key.substring(0, byte);
  return head + String.fromCharCode(bit === 1 ? old | mask : old & ~mask);
}
