// As much of DER as an Ed25519 certificate needs: a writer and a strict reader (definite, minimal
// lengths; low tag numbers).
import { concatBytes, utf8 } from "@wadi/util";

import { civilFromUnix, unixFromCivil } from "./civil-time.ts";
import { CryptoError } from "./errors.ts";

export const DerTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of an explicitly tagged, constructed element. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** An element: tag, length, the contents one after the other. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...contents);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
  const length = body.length < 128 ? [body.length] : [0x80 | size.length, ...size];
  return concatBytes(Uint8Array.of(tag, ...length), body);
}

/** A non-negative integer below 128. */
export function derSmallInteger(value: number): Uint8Array {
  return der(DerTag.integer, Uint8Array.of(value));
}

/** An object identifier in dotted text. */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  const bytes = [40 * first + second];
  for (const arc of arcs) {
    const groups = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7) groups.unshift(0x80 | (rest & 0x7f));
    bytes.push(...groups);
  }
  return der(DerTag.oid, Uint8Array.from(bytes));
}

/** A bit string of whole bytes. */
export function derBitString(bytes: Uint8Array): Uint8Array {
  return der(DerTag.bitString, Uint8Array.of(0), bytes);
}

/** Text: PrintableString if its characters allow, else UTF8String. */
export function derText(text: string): Uint8Array {
  return der(/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text) ? DerTag.printableString : DerTag.utf8String, utf8(text));
}

/** A time: UTCTime for the years 1950 to 2049, else GeneralizedTime. */
export function derTime(unixSeconds: number): Uint8Array {
  const t = civilFromUnix(unixSeconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  const rest = `${two(t.month)}${two(t.day)}${two(t.hour)}${two(t.minute)}${two(t.second)}Z`;
  if (t.year >= 1950 && t.year < 2050) return der(DerTag.utcTime, utf8(two(t.year % 100) + rest));
  return der(DerTag.generalizedTime, utf8(String(t.year).padStart(4, "0") + rest));
}

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag, length and content. */
  readonly raw: Uint8Array;
}

function malformed(): CryptoError {
  return new CryptoError("der");
}

/** Reads the elements of a byte string one after the other; views, no copies. Throws `der`. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next element's tag, undefined at the end. */
  peekTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next element, which must have this tag. */
  read(tag: number): DerElement {
    const start = this.#at;
    if (this.#byte() !== tag) throw malformed();
    const size = this.#length();
    const from = this.#at;
    if (size > this.#bytes.length - from) throw malformed();
    this.#at = from + size;
    return { tag, content: this.#bytes.subarray(from, this.#at), raw: this.#bytes.subarray(start, this.#at) };
  }

  /** The next element if it has this tag. */
  readIf(tag: number): DerElement | undefined {
    return this.peekTag() === tag ? this.read(tag) : undefined;
  }

  /** The next element, whatever it is. */
  readAny(): DerElement {
    return this.read(this.peekTag() ?? -1);
  }

  /** A reader of the next element's content. */
  enter(tag: number): DerReader {
    return new DerReader(this.read(tag).content);
  }

  /** Throws unless everything has been read. */
  end(): void {
    if (!this.done) throw malformed();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw malformed();
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw malformed();
    let size = 0;
    for (let i = 0; i < count; i++) size = size * 256 + this.#byte();
    if (size < 128 || size < 256 ** (count - 1)) throw malformed();
    return size;
  }
}

/** Dotted text of an object identifier's content. */
export function oidText(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const [i, byte] of content.entries()) {
    if (arc === 0 && byte === 0x80) throw malformed();
    arc = arc * 128 + (byte & 0x7f);
    if (arc > 2 ** 31 || (i === content.length - 1 && byte >= 0x80)) throw malformed();
    if (byte >= 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - 40 * first);
    } else {
      arcs.push(arc);
    }
    arc = 0;
  }
  if (arcs.length === 0) throw malformed();
  return arcs.join(".");
}

/** Unix seconds of a UTCTime or GeneralizedTime in the forms that certificates may have. */
export function unixOfTime(element: DerElement): number {
  const text = String.fromCharCode(...element.content.subarray(0, 16));
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const yearDigits = element.tag === DerTag.utcTime ? 2 : 4;
  if (match?.[1]?.length !== yearDigits || element.content.length !== text.length) throw malformed();
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const full = yearDigits === 4 ? year : year < 50 ? 2000 + year : 1900 + year;
  const time = { year: full, month, day, hour, minute, second };
  const unix = unixFromCivil(time);
  // A date that does not come back the same (31 April, 25 o'clock) does not exist.
  if (JSON.stringify(civilFromUnix(unix)) !== JSON.stringify(time)) throw malformed();
  return unix;
}
