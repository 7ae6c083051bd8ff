// Byte helpers over plain Uint8Array. Buffer is used inside for its native conversions only.

const view = (b: Uint8Array): Buffer => Buffer.from(b.buffer, b.byteOffset, b.byteLength);

/** Lower-case hex text. */
export function toHex(bytes: Uint8Array): string {
  return view(bytes).toString("hex");
}

/** Bytes of hex text of either case; throws RangeError on an odd length or another character. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw new RangeError("invalid hex text");
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return view(bytes).toString("base64");
}

/** Bytes of standard padded base64; throws RangeError on anything else (no white space, no URL alphabet). */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new RangeError("invalid base64 text");
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** UTF-8 of a text; lone surrogates become U+FFFD. */
export function utf8(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

/** Equality of content, not constant time. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && view(a).equals(b);
}

/** Bytewise order, a prefix sorts before its extensions. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

const POOL_SIZE = 1 << 13;
/** Larger arrays have memory of their own; so small a part of a pool is not worth keeping all of it. */
const MAX_POOLED_SIZE = 1 << 10;

let pool = new ArrayBuffer(POOL_SIZE);
let poolUsed = 0;

/**
 * An array of zeros, cheap if it is small: then it shares its buffer with others (as Node's small
 * Buffers do), which stays in memory as long as one of them. For what is made often and soon
 * forgotten. Never transfer its buffer.
 */
export function pooledBytes(sizeBytes: number): Uint8Array {
  if (sizeBytes > MAX_POOLED_SIZE) return new Uint8Array(sizeBytes);
  if (poolUsed + sizeBytes > POOL_SIZE) {
    pool = new ArrayBuffer(POOL_SIZE);
    poolUsed = 0;
  }
  const bytes = new Uint8Array(pool, poolUsed, sizeBytes);
  poolUsed += sizeBytes;
  return bytes;
}

/** The parts one after the other, copied. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** True if `bytes` starts with `prefix`. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && bytesEqual(bytes.subarray(0, prefix.length), prefix);
}
