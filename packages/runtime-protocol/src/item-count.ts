// How many CBOR items a message has. One byte can become an object of hundreds, so the number is
// bounded before a message from the other side is decoded.

/** Bytes of an argument after the head, by the head's low five bits; larger heads have none. */
const ARGUMENT_BYTES = [1, 2, 4, 8] as const;

/**
 * The number of items up to the end of `bytes`, or the first number above `limit`. It needs no
 * knowledge of nesting and does not judge whether the items are well formed.
 */
export function countItems(bytes: Uint8Array, limit: number): number {
  const { length } = bytes;
  let count = 0;
  for (let at = 0; at < length && count <= limit; count++) {
    const head = bytes[at++] as number;
    const info = head & 0x1f;
    const major = head >> 5;
    let argument = info;
    if (info >= 24) {
      argument = 0;
      const end = Math.min(length, at + (ARGUMENT_BYTES[info - 24] ?? 0));
      while (at < end) argument = argument * 256 + (bytes[at++] as number);
    }
    if (major === 2 || major === 3) at += argument;
  }
  return count;
}
