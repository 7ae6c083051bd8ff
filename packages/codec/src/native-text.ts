// Node's native conversions between bytes and text, applied to any Uint8Array: making a Buffer
// first costs as much as the conversion. The methods are Buffer's own ones behind `toString`.
import { isUtf8 } from "node:buffer";

interface NativeSlices {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  hexSlice(this: Uint8Array, start: number, end: number): string;
}

const native = Buffer.prototype as Buffer & NativeSlices;

/** Below this length a loop is faster than a native call. */
const SHORT = 16;

/** One character per byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return native.latin1Slice.call(bytes, start, end);
}

/** Lower-case hex of a part of the bytes. */
export function hex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return native.hexSlice.call(bytes, start, end);
}

/** The text of a part of the bytes, or undefined if it is not valid UTF-8. */
export function utf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length <= SHORT) {
    const codes: number[] = [];
    let seen = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      seen |= byte;
      codes.push(byte);
    }
    if (seen < 0x80) return String.fromCharCode.apply(null, codes);
  }
  if (!isUtf8(bytes.subarray(start, end))) return undefined;
  return native.utf8Slice.call(bytes, start, end);
}
