// PEM blocks exactly as Go's encoding/pem finds them. Certificate chains come from the outside in
// this form, so what counts as a block decides whether a transaction is valid.
// Reference: Go encoding/pem `Decode` (1.26).
import { fromBase64 } from "@wadi/util";

const BEGIN = "-----BEGIN ";
const END = "\n-----END ";
const DASHES = "-----";

export interface PemBlock {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Where the text goes on. */
  readonly next: number;
}

interface Line {
  readonly line: string;
  readonly next: number;
}

/** The line at `at` without its end (LF or CRLF) and then without trailing blanks. */
function lineAt(text: string, at: number): Line {
  const newline = text.indexOf("\n", at);
  let stop = newline < 0 ? text.length : newline;
  if (newline > at && text[newline - 1] === "\r") stop--;
  while (stop > at && (text[stop - 1] === " " || text[stop - 1] === "\t")) stop--;
  return { line: text.slice(at, stop), next: newline < 0 ? text.length : newline + 1 };
}

/** Standard base64 as Go decodes it: line ends count nothing, trailing bits may be anything. */
export function goBase64(text: string): Uint8Array | undefined {
  try {
    return fromBase64(text.replace(/[\r\n]/g, ""));
  } catch {
    return undefined;
  }
}

/** The first block at or after `start` of a latin1 text; what is no block is passed over. */
export function nextPemBlock(text: string, start: number): PemBlock | undefined {
  let rest = start;
  let trailer = start;
  // An attempt may have read past the END line that it began with; then nothing more is looked for.
  while (trailer >= rest) {
    rest = trailer;
    const end = text.indexOf(END, rest);
    if (end < 0) return undefined;
    trailer = end + END.length;
    // The last BEGIN before the first END.
    const before = text.slice(rest, end);
    const begin = before.lastIndexOf(BEGIN);
    if (begin < 0 || (begin > 0 && before[begin - 1] !== "\n")) continue;
    const typeLine = lineAt(text, rest + begin + BEGIN.length);
    rest = typeLine.next;
    if (!typeLine.line.endsWith(DASHES)) continue;
    const type = typeLine.line.slice(0, -DASHES.length);

    const body = passHeaders(text, rest);
    if (body === undefined) return undefined;
    const hasHeaders = body > rest;
    rest = body;
    if (hasHeaders && end < body) continue;
    if (!isTrailer(text, trailer, type)) continue;
    const bytes = end > body ? goBase64(text.slice(body, end).replace(/[ \t]/g, "")) : new Uint8Array(0);
    if (bytes !== undefined) return { type, bytes, next: lineAt(text, trailer - 1).next };
  }
  return undefined;
}

/** Where the first line without a colon begins; undefined at the end of the text. */
function passHeaders(text: string, from: number): number | undefined {
  let at = from;
  while (at < text.length) {
    const { line, next } = lineAt(text, at);
    if (!line.includes(":")) return at;
    at = next;
  }
  return undefined;
}

function isTrailer(text: string, at: number, type: string): boolean {
  const stop = at + type.length + DASHES.length;
  if (stop > text.length) return false;
  const trailer = text.slice(at, stop);
  return trailer.startsWith(type) && trailer.endsWith(DASHES) && lineAt(text, stop).line === "";
}
