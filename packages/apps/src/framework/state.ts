// Typed access to a state tree. A `State` is only a view: whose tree it is decides what is read
// and whether writes stay. Encoded bytes are what counts, so a view holds no values of its own.
import type { KeyValueTree, Packed } from "@wadi/mkvs";

import { CorruptedStateError } from "./errors.ts";
import type { Elements, Location, Range, StateKey } from "./state-key.ts";
import type { ValueFormat } from "./state-value.ts";

/** One entry of a range. */
export interface Entry<F, V> {
  readonly fields: F;
  readonly value: V;
}

type FieldsOf<E extends Elements, V> = ReturnType<StateKey<E, V>["decode"]>;

/** The last value decoded at a place without elements, such as an application's parameters. */
interface Decoded {
  readonly packed: Packed;
  readonly value: unknown;
}

/**
 * Parameters are read by nearly every rule and rarely change. What they decode to depends on
 * nothing but their bytes, so the last decoded value of each such place is kept across views.
 */
const lastDecoded = new WeakMap<Location<unknown>, Decoded>();

export class State {
  readonly tree: KeyValueTree;

  constructor(tree: KeyValueTree) {
    this.tree = tree;
  }

  /** The value, or undefined. Values are shared and must not be changed. Throws CorruptedStateError. */
  get<V>(at: Location<V>): V | undefined {
    const packed = this.tree.getPacked(at.packed);
    if (packed === undefined) return undefined;
    if (at.packed.length > 1) return decodeValue(at.format, packed, at.name);
    const last = lastDecoded.get(at);
    if (last !== undefined && last.packed === packed) return last.value as V;
    const value = decodeValue(at.format, packed, at.name);
    lastDecoded.set(at, { packed, value });
    return value;
  }

  /** The value where the rules guarantee one. Throws CorruptedStateError. */
  must<V>(at: Location<V>): V {
    const value = this.get(at);
    if (value === undefined) throw new CorruptedStateError(`${at.name} is missing`);
    return value;
  }

  has(at: Location<unknown>): boolean {
    return this.tree.getPacked(at.packed) !== undefined;
  }

  set<V>(at: Location<V>, value: V): void {
    this.tree.insertPacked(at.packed, at.format.encode(value));
  }

  /** Removing what is not there is no error. */
  remove(at: Location<unknown>): void {
    this.tree.removePacked(at.packed);
  }

  /** Entries of a range in order of keys. Collect them before changing the state. */
  *iterate<E extends Elements, V>(range: Range<E, V>): Generator<Entry<FieldsOf<E, V>, V>> {
    const { key, prefix } = range;
    for (const [packed, value] of this.#entries(prefix)) {
      yield { fields: key.decode(packed), value: decodeValue(key.format, value, key.name) };
    }
  }

  /** Entries of a range, collected. */
  list<E extends Elements, V>(range: Range<E, V>): Entry<FieldsOf<E, V>, V>[] {
    return [...this.iterate(range)];
  }

  /** The keys of a range in order, without decoding values. Collect them before changing the state. */
  *keys<E extends Elements, V>(range: Range<E, V>): Generator<FieldsOf<E, V>> {
    for (const [packed] of this.#entries(range.prefix)) yield range.key.decode(packed);
  }

  *#entries(prefix: Packed): Generator<[Packed, Packed]> {
    const iterator = this.tree.iterate();
    for (iterator.seekPacked(prefix); iterator.valid; iterator.next()) {
      const key = iterator.packedKey;
      if (!key.startsWith(prefix)) return;
      yield [key, iterator.packedValue];
    }
  }
}

function decodeValue<V>(format: ValueFormat<V>, packed: Packed, name: string): V {
  try {
    return format.decode(packed);
  } catch (cause) {
    throw new CorruptedStateError(`value of ${name}`, cause);
  }
}
