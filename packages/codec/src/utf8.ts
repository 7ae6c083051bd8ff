import { isUtf8 } from "node:buffer";

/** The text of a part of a buffer, or undefined if it is not valid UTF-8. */
export function decodeUtf8(buffer: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  if (length <= 24) {
    const short = shortAscii(buffer, start, end);
    if (short !== undefined) return short;
  }
  const part = buffer.subarray(start, end);
  return isUtf8(part) ? part.toString("utf8") : undefined;
}

/** For keys and names, where a native call costs more than the loop. */
function shortAscii(buffer: Buffer, start: number, end: number): string | undefined {
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
