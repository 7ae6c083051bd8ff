// CBOR input as fxamacker/cbor v2.4.0 reads it under the options of oasis-core go/common/cbor/cbor.go.
// The reference first checks that the whole item is well formed and then decodes it; this reader
// does both in one pass, which accepts and refuses the same inputs: every byte is visited either
// by a schema or by `skip`, and both check what the reference's first pass checks.
import { Kind, kindNames, MAX_NESTING } from "./cbor-rules.ts";
import type { ModeRules } from "./cbor-rules.ts";
import { DecodeError } from "./errors.ts";
import { fromFloat16 } from "./float16.ts";
import { utf8 } from "./native-text.ts";

const TWO_32 = 0x1_0000_0000;
const SELF_DESCRIBED = 55799;
const BREAK = 0xff;
const scratch = new DataView(new ArrayBuffer(8));
/** Shorter byte strings of an owned input are copied, which costs nothing to speak of. */
const MIN_LENT_BYTES = 65_536;

export class CborReader {
  readonly bytes: Uint8Array;
  /** Next byte to read. */
  offset: number;
  rules: ModeRules;
  /** The last head: argument as two halves, low five bits, and kind. */
  high = 0;
  low = 0;
  info = 0;
  kind = 0;
  readonly #start: number;
  readonly #isOwned: boolean;
  #depth = 0;
  #checked = false;

  /** `isOwned`: the input will not change, so that values may hold views of it; see `content`. */
  constructor(bytes: Uint8Array, rules: ModeRules, offset = 0, isOwned = false) {
    this.bytes = bytes;
    this.rules = rules;
    this.offset = offset;
    this.#start = offset;
    this.#isOwned = isOwned;
  }

  /** The last head's argument; inexact above 2^53, for use as a length or count. */
  get argument(): number {
    return this.high * TWO_32 + this.low;
  }

  fail(what: string): DecodeError {
    return new DecodeError(what, this.offset);
  }

  /** The error for an item of a kind that `target` cannot be read from. */
  mismatch(target: string): DecodeError {
    return this.fail(`cbor: cannot decode ${kindNames[this.kind] ?? "item"} into ${target}`);
  }

  unexpectedEnd(): DecodeError {
    return this.fail("unexpected EOF");
  }

  /**
   * Reads the head of the next item and returns its kind. In trusted mode tags before it are
   * passed over, and a tagged bignum is reported as such.
   */
  next(): number {
    this.#readHead();
    if (this.kind === Kind.tag) this.#passTags();
    return this.kind;
  }

  /** True if the next item is null or undefined; reads nothing. */
  atNull(): boolean {
    const first = this.bytes[this.offset];
    return first === 0xf6 || first === 0xf7;
  }

  /** Like `atNull`, but sees through the tags that trusted mode allows. */
  atTaggedNull(): boolean {
    const first = this.bytes[this.offset] as number;
    if (!this.rules.loose || first < 0xc0 || first >= 0xe0) return this.atNull();
    const saved = this.offset;
    const isNull = this.next() === Kind.null;
    this.offset = saved;
    return isNull;
  }

  #readHead(): void {
    const { bytes } = this;
    const at = this.offset;
    if (at >= bytes.length) throw this.unexpectedEnd();
    const first = bytes[at] as number;
    const info = first & 0x1f;
    this.offset = at + 1;
    this.kind = first >> 5;
    this.info = info;
    this.high = 0;
    this.low = info;
    if (info >= 22) this.#longHead(info);
  }

  #longHead(info: number): void {
    if (this.kind === Kind.primitive && info < 24) {
      this.kind = Kind.null;
      return;
    }
    if (info < 24) return;
    const { bytes } = this;
    const size = info < 28 ? 1 << (info - 24) : 0;
    const at = this.offset;
    if (at + size > bytes.length) throw this.unexpectedEnd();
    this.offset = at + size;
    if (size === 1) {
      this.low = bytes[at] as number;
      if (this.kind === Kind.primitive && this.low < 32) {
        throw this.fail(`cbor: invalid simple value ${this.low} for type primitives`);
      }
    } else if (size === 2) {
      this.low = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    } else if (size === 4) {
      this.low = this.#u32(at);
    } else if (size === 8) {
      this.high = this.#u32(at);
      this.low = this.#u32(at + 4);
    } else {
      this.#indefiniteHead(info);
    }
  }

  #u32(at: number): number {
    const { bytes } = this;
    return (
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0
    );
  }

  #indefiniteHead(info: number): void {
    const name = kindNames[this.kind];
    if (info === 31 && this.kind === Kind.primitive) throw this.fail('cbor: unexpected "break" code');
    if (info !== 31 || this.kind < Kind.bytes || this.kind > Kind.map) {
      throw this.fail(`cbor: invalid additional information ${info} for type ${name}`);
    }
    if (!this.rules.loose) throw this.fail(`cbor: indefinite-length ${name} isn't allowed`);
    this.#checkWhole();
  }

  /**
   * Trusted mode only, at the first tag or indefinite length: runs the reference's first pass over
   * the whole top-level item. It counts tags as nesting, which the pass that decodes does not.
   */
  #checkWhole(): void {
    if (this.#checked) return;
    const { offset, kind, info, high, low } = this;
    const depth = this.#depth;
    this.#checked = true;
    this.offset = this.#start;
    this.#depth = 0;
    this.skip();
    this.#depth = depth;
    Object.assign(this, { offset, kind, info, high, low });
  }

  #passTags(): void {
    if (!this.rules.loose) throw this.fail("cbor: CBOR tag isn't allowed");
    this.#checkWhole();
    do {
      const tag = this.argument;
      if (tag !== SELF_DESCRIBED) this.#checkBuiltinTag(tag);
      this.#readHead();
      if (tag === 2 || tag === 3) {
        this.kind = tag === 2 ? Kind.bignum : Kind.negativeBignum;
        return;
      }
    } while (this.kind === Kind.tag);
  }

  /**
   * Trusted mode: passes over all tags of which only the first is checked, as the reference does
   * for times.
   */
  passUncheckedTags(): void {
    this.passSelfDescribedTags();
    if (!this.rules.loose) return;
    while ((this.bytes[this.offset] as number) >> 5 === Kind.tag) this.#readHead();
  }

  /** Trusted mode: what the reference strips before an item that it keeps verbatim. */
  passSelfDescribedTags(): void {
    const { bytes } = this;
    if (!this.rules.loose || (bytes[this.offset] as number) >> 5 !== Kind.tag) return;
    this.#checkWhole();
    for (;;) {
      const start = this.offset;
      this.#readHead();
      if (this.kind === Kind.tag && this.argument !== SELF_DESCRIBED) this.#checkBuiltinTag(this.argument);
      if (this.kind !== Kind.tag || this.argument !== SELF_DESCRIBED) {
        this.offset = start;
        return;
      }
    }
  }

  #checkBuiltinTag(tag: number): void {
    const first = this.bytes[this.offset] as number;
    const kind = first >> 5;
    const fits =
      tag === 0
        ? kind === Kind.text
        : tag === 1
          ? kind <= Kind.negative || (first >= 0xf9 && first <= 0xfb)
          : tag > 3 || kind === Kind.bytes;
    if (!fits) throw this.fail(`cbor: tag number ${tag} must not be followed by ${kindNames[kind]}`);
  }

  /**
   * Opens the list or map whose head was just read. Returns its number of elements or pairs, -1 if
   * indefinite; iterate with `more` and finish with `close`. The count is bounded by what is left
   * of the input, so it may be used to allocate.
   */
  open(): number {
    if (++this.#depth > MAX_NESTING) throw this.#tooDeep();
    if (this.info === 31) return -1;
    const count = this.argument;
    if (count > this.rules.maxItems) {
      const what = this.kind === Kind.map ? "key-value pairs" : "elements";
      const of = this.kind === Kind.map ? "map" : "array";
      throw this.fail(`cbor: exceeded max number of ${what} ${this.rules.maxItems} for CBOR ${of}`);
    }
    const least = this.kind === Kind.map ? count * 2 : count;
    if (least > this.bytes.length - this.offset) throw this.unexpectedEnd();
    return count;
  }

  /** Whether there is an element at `index`; `count` is what `open` returned. */
  more(index: number, count: number): boolean {
    if (count >= 0) return index < count;
    if (this.bytes[this.offset] !== BREAK) return true;
    this.offset++;
    return false;
  }

  close(): void {
    this.#depth--;
  }

  #tooDeep(): DecodeError {
    return this.fail(`cbor: exceeded max nested level ${MAX_NESTING}`);
  }

  /** Moves past the content of the definite string whose head was just read; returns its start. */
  #pass(): number {
    const start = this.offset;
    const length = this.argument;
    if (length > this.bytes.length - start) throw this.unexpectedEnd();
    this.offset = start + length;
    return start;
  }

  /**
   * The content of the byte string whose head was just read, as a view of the input where the
   * string is definite: for use before the caller's buffer changes.
   */
  byteView(): Uint8Array {
    if (this.info === 31) return this.byteContent();
    const start = this.#pass();
    return this.bytes.subarray(start, this.offset);
  }

  /** A part of the input for a value to hold: copied, unless it is most of a large input that is owned. */
  content(start: number, end: number): Uint8Array {
    const { bytes } = this;
    const size = end - start;
    if (this.#isOwned && size >= MIN_LENT_BYTES && size * 2 > bytes.length) {
      return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
    }
    return new Uint8Array(bytes.subarray(start, end));
  }

  /** The content of the byte string whose head was just read (a bignum's included), for a value to hold. */
  byteContent(): Uint8Array {
    if (this.info !== 31) return this.content(this.#pass(), this.offset);
    const chunks: Uint8Array[] = [];
    while (this.more(0, -1)) {
      this.#readHead();
      const start = this.#pass();
      chunks.push(this.bytes.subarray(start, this.offset));
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  /** The text whose head was just read; refuses invalid UTF-8. */
  textContent(): string {
    if (this.info !== 31) {
      const start = this.#pass();
      return this.#utf8(start, this.offset);
    }
    let text = "";
    while (this.more(0, -1)) {
      this.#readHead();
      const start = this.#pass();
      text += this.#utf8(start, this.offset);
    }
    return text;
  }

  #utf8(start: number, end: number): string {
    const text = utf8(this.bytes, start, end);
    if (text === undefined) throw this.fail("cbor: invalid UTF-8 string");
    return text;
  }

  /** The float whose head was just read, or undefined if the primitive is not a float. */
  floatContent(): number | undefined {
    if (this.info === 25) return fromFloat16(this.low);
    if (this.info === 26) {
      scratch.setUint32(0, this.low);
      return scratch.getFloat32(0);
    }
    if (this.info !== 27) return undefined;
    scratch.setUint32(0, this.high);
    scratch.setUint32(4, this.low);
    return scratch.getFloat64(0);
  }

  /** True if the primitive whose head was just read is a simple value that stands for an integer. */
  isSimpleInteger(): boolean {
    return this.info < 20 || this.info === 24;
  }

  /** Checks that the next item is well formed and moves past it. */
  skip(): void {
    this.#readHead();
    if (this.kind <= Kind.negative || this.kind >= Kind.primitive) return;
    if (this.kind === Kind.tag) this.#skipTag();
    else if (this.kind <= Kind.text) {
      if (this.info === 31) this.#skipChunks();
      else this.#pass();
    } else this.#skipElements();
  }

  #skipElements(): void {
    const isMap = this.kind === Kind.map;
    if (this.info === 31) this.#skipIndefinite(isMap);
    else {
      const count = this.open() * (isMap ? 2 : 1);
      for (let i = 0; i < count; i++) this.skip();
    }
    this.close();
  }

  #skipIndefinite(isMap: boolean): void {
    this.open();
    let items = 0;
    while (this.more(0, -1)) {
      this.skip();
      items++;
    }
    if (isMap && items % 2 === 1) throw this.fail('cbor: unexpected "break" code');
  }

  #skipChunks(): void {
    const { kind } = this;
    while (this.more(0, -1)) {
      const first = this.bytes[this.offset];
      if (first === undefined) throw this.unexpectedEnd();
      if (first >> 5 !== kind) throw this.fail(`cbor: wrong element type for indefinite-length ${kindNames[kind]}`);
      if ((first & 0x1f) === 31)
        throw this.fail(`cbor: indefinite-length ${kindNames[kind]} chunk is not definite-length`);
      this.skip();
    }
  }

  #skipTag(): void {
    if (!this.rules.loose) throw this.fail("cbor: CBOR tag isn't allowed");
    // The reference counts a level for each tag after the first of a row.
    const depth = this.#depth;
    while ((this.bytes[this.offset] as number) >> 5 === Kind.tag) {
      this.#readHead();
      if (++this.#depth > MAX_NESTING) throw this.#tooDeep();
    }
    this.skip();
    this.#depth = depth;
  }
}
