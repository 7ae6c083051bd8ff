// A plain reader of definite-length CBOR for data in vectors whose schema is not this suite's
// subject: maps become Map, integers bigint, byte strings Uint8Array.
import { must } from "@wadi/util";

export type Peeked = bigint | boolean | null | string | Uint8Array | readonly Peeked[] | ReadonlyMap<Peeked, Peeked>;

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(size: number): Uint8Array {
    if (this.#at + size > this.#bytes.length) throw new RangeError("short CBOR");
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  head(): { major: number; argument: bigint } {
    const first = must(this.take(1)[0]);
    const info = first & 0x1f;
    if (info < 24) return { major: first >> 5, argument: BigInt(info) };
    if (info > 27) throw new RangeError("unexpected CBOR head");
    let argument = 0n;
    for (const byte of this.take(1 << (info - 24))) argument = (argument << 8n) | BigInt(byte);
    return { major: first >> 5, argument };
  }

  value(): Peeked {
    const { major, argument } = this.head();
    const count = Number(argument);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1n - argument;
      case 2:
        return Uint8Array.from(this.take(count));
      case 3:
        return new TextDecoder().decode(this.take(count));
      case 4:
        return Array.from({ length: count }, () => this.value());
      case 5:
        return new Map(Array.from({ length: count }, () => [this.value(), this.value()] as const));
      case 7:
        return count === 22 ? null : count === 21;
      default:
        throw new RangeError("unexpected CBOR type");
    }
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }
}

/** One value and nothing behind it. */
export function peekCbor(bytes: Uint8Array): Peeked {
  const cursor = new Cursor(bytes);
  const value = cursor.value();
  if (!cursor.done) throw new RangeError("data behind CBOR");
  return value;
}

/** The entry of a map that must be there. */
export function entry<T extends Peeked>(map: Peeked, key: string): T {
  if (!(map instanceof Map)) throw new TypeError("not a map");
  return must(map.get(key), `no ${key}`) as T;
}
