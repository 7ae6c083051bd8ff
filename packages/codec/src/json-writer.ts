// JSON output as Go's encoding/json prints it: members in declaration order, HTML-safe escapes,
// and, if asked for, indentation with inline empty containers.
import type { OutputBuffer } from "./output-buffer.ts";
import { EncodeError } from "./errors.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;

/** Characters below 0x80 that a JSON string holds as they are. */
const plainAscii = new Uint8Array(128);
for (let code = 0x20; code < 0x80; code++) plainAscii[code] = 1;
for (const char of '"\\<>&') plainAscii[char.charCodeAt(0)] = 0;

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

const isHigh = (code: number): boolean => code >= 0xd800 && code < 0xdc00;
const isLow = (code: number): boolean => code >= 0xdc00 && code < 0xe000;

/** The escape of the code unit at `i`, or undefined if it stands for itself. */
function escapeAt(text: string, i: number): string | undefined {
  const code = text.charCodeAt(i);
  if (code < 0x80) {
    if (plainAscii[code] === 1) return undefined;
    return shortEscapes[text.charAt(i)] ?? `\\u${code.toString(16).padStart(4, "0")}`;
  }
  if (code === 0x2028 || code === 0x2029) return `\\u${code.toString(16)}`;
  const isPaired = isHigh(code) ? isLow(text.charCodeAt(i + 1)) : isHigh(text.charCodeAt(i - 1));
  return (isHigh(code) || isLow(code)) && !isPaired ? "\\ufffd" : undefined;
}

/** The JSON string literal that Go prints for a text. */
export function jsonString(text: string): string {
  let out = '"';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const escape = escapeAt(text, i);
    if (escape === undefined) continue;
    out += text.slice(from, i) + escape;
    from = i + 1;
  }
  return `${out}${text.slice(from)}"`;
}

export class JsonWriter {
  readonly out: OutputBuffer;
  readonly #indent: string;
  #depth = 0;
  /** Whether the open container has no element yet. */
  #first = true;

  /** `indent` is the text of one level; empty means the compact form. */
  constructor(out: OutputBuffer, indent = "") {
    this.out = out;
    this.#indent = indent;
  }

  #byte(byte: number): void {
    this.out.reserve(1);
    this.out.bytes[this.out.length++] = byte;
  }

  /** Text of ASCII characters only, verbatim. */
  #ascii(text: string): void {
    const { out } = this;
    const { length } = text;
    out.reserve(length);
    const { bytes, length: start } = out;
    if (length > 24) bytes.write(text, start, length, "latin1");
    else for (let i = 0; i < length; i++) bytes[start + i] = text.charCodeAt(i);
    out.length = start + length;
  }

  #newLine(): void {
    if (this.#indent === "") return;
    this.#byte(0x0a);
    for (let i = 0; i < this.#depth; i++) this.#ascii(this.#indent);
  }

  #open(byte: number): void {
    this.#byte(byte);
    this.#depth++;
    this.#first = true;
  }

  #close(byte: number): void {
    this.#depth--;
    if (!this.#first) this.#newLine();
    this.#byte(byte);
    this.#first = false;
  }

  openObject(): void {
    this.#open(0x7b);
  }

  closeObject(): void {
    this.#close(0x7d);
  }

  openArray(): void {
    this.#open(0x5b);
  }

  closeArray(): void {
    this.#close(0x5d);
  }

  /** Before each element of an array; `key` does it for members of an object. */
  element(): void {
    if (this.#first) this.#first = false;
    else this.#byte(COMMA);
    this.#newLine();
  }

  /** A member name that needs no escapes and its colon; a value must follow. */
  plainKey(key: string): void {
    this.element();
    this.#byte(QUOTE);
    this.#ascii(key);
    this.#ascii(this.#indent === "" ? '":' : '": ');
  }

  /** A member name and its colon; a value must follow. */
  key(key: string): void {
    this.element();
    this.string(key);
    this.#ascii(this.#indent === "" ? ":" : ": ");
  }

  /** A member name given as a finished string literal, and its colon; a value must follow. */
  verbatimKey(literal: Uint8Array): void {
    this.element();
    this.verbatim(literal);
    this.#ascii(this.#indent === "" ? ":" : ": ");
  }

  null(): void {
    this.#ascii("null");
  }

  bool(value: boolean): void {
    this.#ascii(value ? "true" : "false");
  }

  integer(value: number | bigint): void {
    this.#ascii(value.toString());
  }

  float(value: number): void {
    if (!Number.isFinite(value)) throw new EncodeError(`json: unsupported value: ${value}`);
    this.#ascii(Object.is(value, -0) ? "-0" : value.toString());
  }

  string(value: string): void {
    const { length } = value;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80 || plainAscii[code] === 0) {
        this.#utf8(jsonString(value));
        return;
      }
    }
    this.asciiString(value);
  }

  /** A string of ASCII characters of which none needs an escape (hex, base64, digits). */
  asciiString(value: string): void {
    this.#byte(QUOTE);
    this.#ascii(value);
    this.#byte(QUOTE);
  }

  #utf8(text: string): void {
    const { out } = this;
    const size = Buffer.byteLength(text);
    out.reserve(size);
    out.length += out.bytes.write(text, out.length, "utf8");
  }

  /** Bytes of JSON, verbatim: a number, or a string in which nothing is left to escape. */
  verbatim(json: Uint8Array): void {
    this.out.append(json);
  }
}
