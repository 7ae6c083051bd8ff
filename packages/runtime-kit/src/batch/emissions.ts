// What a transaction or block emits, until it is known whether it counts.
import { encodeCbor, list, raw } from "@wadi/codec";
import { pack, unpack, type Packed, type TransactionTag } from "@wadi/mkvs";
import { compareBytes, utf8 } from "@wadi/util";
import type { EventKind } from "../events.ts";

/** The CBOR array of encoded items. */
const Items = list(raw);

const bytesOf = (part: string | Uint8Array): Uint8Array => (typeof part === "string" ? utf8(part) : part.slice());

export class Emissions {
  readonly #events = new Map<Packed, Uint8Array[]>();
  readonly #tags = new Map<Packed, Uint8Array>();

  emit<T>(kind: EventKind<T>, event: T): void {
    const key = pack(kind.key);
    const list = this.#events.get(key);
    const encoded = encodeCbor(kind.schema, event);
    if (list === undefined) this.#events.set(key, [encoded]);
    else list.push(encoded);
  }

  emitTag(key: string | Uint8Array, value: string | Uint8Array): void {
    this.#tags.set(pack(bytesOf(key)), bytesOf(value));
  }

  /** The tags in order of their keys. */
  tags(): TransactionTag[] {
    const events = [...this.#events].map(([key, items]): TransactionTag => ({
      key: unpack(key),
      value: encodeCbor(Items, items),
    }));
    const tags = [...this.#tags].map(([key, value]): TransactionTag => ({ key: unpack(key), value }));
    return [...events, ...tags].sort((a, b) => compareBytes(a.key, b.key));
  }
}
