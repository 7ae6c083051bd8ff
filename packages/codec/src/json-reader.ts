// JSON input by the rules of Go's encoding/json, read straight from the UTF-8 bytes: no tree, no
// text of the whole document, integers of any size kept.
import { DecodeError } from "./errors.ts";
import { latin1 } from "./native-text.ts";
import { unquote } from "./json-string.ts";

/** Typed values may be nested this deep (no type of the protocol comes near it). */
const MAX_TYPED_NESTING = 512;
/** Go's limit for any value, skipped ones included. */
const MAX_NESTING = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

export class JsonReader {
  readonly bytes: Uint8Array;
  /** Next byte to read. */
  offset = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  fail(what: string): DecodeError {
    return new DecodeError(what, this.offset);
  }

  #syntax(): DecodeError {
    const byte = this.bytes[this.offset];
    if (byte === undefined) return this.fail("unexpected end of JSON input");
    const shown =
      byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, "0")}`;
    return this.fail(`invalid character ${shown} in JSON`);
  }

  /** The first byte of the next token; 0 at the end of the input. */
  peek(): number {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.offset];
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) this.offset++;
      else return byte ?? 0;
    }
  }

  /** The error for a value of a kind that `target` cannot be read from; checks its syntax first. */
  mismatch(target: string): DecodeError {
    const first = this.peek();
    const { offset } = this;
    this.skip();
    this.offset = offset;
    const kinds: Record<number, string> = {
      [QUOTE]: "string",
      [OPEN_OBJECT]: "object",
      [OPEN_ARRAY]: "array",
      0x74: "bool",
      0x66: "bool",
      0x6e: "null",
    };
    return this.fail(`cannot decode JSON ${kinds[first] ?? "number"} into ${target}`);
  }

  #literal(text: string): void {
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[this.offset] !== text.charCodeAt(i)) throw this.#syntax();
      this.offset++;
    }
  }

  /** Reads null if it is next. */
  takeNull(): boolean {
    if (this.peek() !== 0x6e) return false;
    this.#literal("null");
    return true;
  }

  bool(target: string): boolean {
    const first = this.peek();
    if (first !== 0x74 && first !== 0x66) throw this.mismatch(target);
    this.#literal(first === 0x74 ? "true" : "false");
    return first === 0x74;
  }

  /** The text of a number, checked against JSON's grammar. */
  number(target: string): string {
    const first = this.peek();
    if (first !== 0x2d && !isDigit(first)) throw this.mismatch(target);
    const start = this.offset;
    this.#passNumber();
    return latin1(this.bytes, start, this.offset);
  }

  #passNumber(): void {
    const { bytes } = this;
    if (bytes[this.offset] === 0x2d) this.offset++;
    if (bytes[this.offset] === 0x30) this.offset++;
    else this.#passDigits();
    if (bytes[this.offset] === 0x2e) {
      this.offset++;
      this.#passDigits();
    }
    if (((bytes[this.offset] ?? 0) | 0x20) === 0x65) {
      this.offset++;
      if (bytes[this.offset] === 0x2b || bytes[this.offset] === 0x2d) this.offset++;
      this.#passDigits();
    }
  }

  #passDigits(): void {
    if (!isDigit(this.bytes[this.offset])) throw this.#syntax();
    while (isDigit(this.bytes[this.offset])) this.offset++;
  }

  /** A string value. Invalid UTF-8 and lone surrogates become U+FFFD, as in Go. */
  string(target: string): string {
    if (this.peek() !== QUOTE) throw this.mismatch(target);
    const start = this.offset + 1;
    const isPlain = this.#passString();
    const end = this.offset - 1;
    return isPlain ? latin1(this.bytes, start, end) : unquote(this.bytes, start, end);
  }

  /** The bytes between the quotes of a string value, escapes as they stand. */
  quoted(target: string): string {
    if (this.peek() !== QUOTE) throw this.mismatch(target);
    const start = this.offset + 1;
    this.#passString();
    return latin1(this.bytes, start, this.offset - 1);
  }

  /** Moves past a string; true if it is ASCII without escapes. */
  #passString(): boolean {
    const { bytes } = this;
    let at = this.offset + 1;
    let seen = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        seen |= 0x80;
        at = this.#passEscape(at);
      } else if (byte === undefined || byte < 0x20) {
        this.offset = at;
        throw this.#syntax();
      } else {
        seen |= byte;
        at++;
      }
    }
    this.offset = at + 1;
    return seen < 0x80;
  }

  #passEscape(at: number): number {
    const { bytes } = this;
    const kind = bytes[at + 1];
    let end = at + 2;
    if (kind === 0x75) {
      for (; end < at + 6; end++) {
        const byte = bytes[end] ?? 0;
        const letter = byte | 0x20;
        if (!isDigit(byte) && !(letter >= 0x61 && letter <= 0x66)) {
          this.offset = end;
          throw this.#syntax();
        }
      }
    } else if (kind === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(kind))) {
      this.offset = at + 1;
      throw this.#syntax();
    }
    return end;
  }

  /** Opens an object; iterate with `nextMember`. */
  openObject(target: string): void {
    this.#open(OPEN_OBJECT, target);
  }

  /** Opens an array; iterate with `nextElement`. */
  openArray(target: string): void {
    this.#open(OPEN_ARRAY, target);
  }

  #open(byte: number, target: string): void {
    if (this.peek() !== byte) throw this.mismatch(target);
    this.offset++;
    if (++this.#depth > MAX_TYPED_NESTING) throw this.fail("exceeded max depth");
  }

  #next(close: number, isFirst: boolean): boolean {
    const byte = this.peek();
    if (byte === close) {
      this.offset++;
      this.#depth--;
      return false;
    }
    if (isFirst) return true;
    if (byte !== COMMA) throw this.#syntax();
    this.offset++;
    return true;
  }

  /** Whether there is another element; after the last one the array is closed. */
  nextElement(isFirst: boolean): boolean {
    return this.#next(CLOSE_ARRAY, isFirst);
  }

  /** Whether there is another member, at whose name the reader then stands. */
  nextMember(isFirst: boolean): boolean {
    if (!this.#next(CLOSE_OBJECT, isFirst)) return false;
    if (this.peek() !== QUOTE) throw this.#syntax();
    return true;
  }

  /** The member name that `nextMember` announced, and its colon. */
  memberName(): string {
    const name = this.string("a member name");
    this.colon();
    return name;
  }

  /** Reads the announced member name and its colon if the name is exactly these bytes, quotes included. */
  takeMemberName(quoted: Uint8Array): boolean {
    const { bytes, offset } = this;
    for (let i = quoted.length - 1; i >= 0; i--) {
      if (bytes[offset + i] !== quoted[i]) return false;
    }
    this.offset = offset + quoted.length;
    this.colon();
    return true;
  }

  /** Reads the colon after a member name. */
  colon(): void {
    if (this.peek() !== COLON) throw this.#syntax();
    this.offset++;
  }

  /** Checks the syntax of the next value and moves past it; needs no stack of its own per level. */
  skip(): void {
    const closers: number[] = [];
    for (;;) {
      const byte = this.peek();
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.offset++;
        if (this.#depth + closers.length >= MAX_NESTING) throw this.fail("exceeded max depth");
        const close = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
        if (this.peek() !== close) {
          closers.push(close);
          if (close === CLOSE_OBJECT) this.#passMemberName();
          continue;
        }
        this.offset++;
      } else this.#passScalar(byte);
      if (!this.#leave(closers)) return;
    }
  }

  /** After a value: closes what ends here; false at the end of the outermost value. */
  #leave(closers: number[]): boolean {
    for (;;) {
      const close = closers.at(-1);
      if (close === undefined) return false;
      const byte = this.peek();
      if (byte !== close && byte !== COMMA) throw this.#syntax();
      this.offset++;
      if (byte === close) closers.pop();
      else {
        if (close === CLOSE_OBJECT) this.#passMemberName();
        return true;
      }
    }
  }

  #passMemberName(): void {
    if (this.peek() !== QUOTE) throw this.#syntax();
    this.#passString();
    this.colon();
  }

  #passScalar(byte: number): void {
    if (byte === QUOTE) this.#passString();
    else if (byte === 0x74) this.#literal("true");
    else if (byte === 0x66) this.#literal("false");
    else if (byte === 0x6e) this.#literal("null");
    else this.#passNumber();
  }

  /** Checks that only white space is left. */
  end(): void {
    this.peek();
    if (this.offset < this.bytes.length) throw this.#syntax();
  }
}
