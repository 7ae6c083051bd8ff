// State keys, declared once per application: prefix, name, elements in order, and the form of the
// value. The same declaration encodes keys, walks ranges, and decodes any key for people.
import { AssertionError } from "@wadi/util";
import type { Packed } from "@wadi/mkvs";

import { CorruptedStateError } from "./errors.ts";
import type { KeyElement } from "./key-element.ts";
import type { ValueFormat } from "./state-value.ts";

/** Elements by name, in key order. */
export type Elements = Readonly<Record<string, KeyElement<unknown, unknown>>>;
type In<E extends Elements> = { readonly [K in keyof E]: E[K] extends KeyElement<infer I, infer _> ? I : never };
type Out<E extends Elements> = { readonly [K in keyof E]: E[K] extends KeyElement<infer _, infer O> ? O : never };

/** One place in the state. */
export interface Location<V> {
  readonly format: ValueFormat<V>;
  readonly name: string;
  readonly packed: Packed;
}

/** All places whose keys begin alike. */
export interface Range<E extends Elements, V> {
  readonly key: StateKey<E, V>;
  readonly prefix: Packed;
}

export class StateKey<E extends Elements, V> {
  readonly prefix: number;
  readonly name: string;
  readonly elements: E;
  readonly format: ValueFormat<V>;
  readonly #names: readonly (keyof E & string)[];
  readonly #prefix: Packed;
  readonly #size: number;
  readonly #only: Location<V> | undefined;

  constructor(prefix: number, name: string, elements: E, format: ValueFormat<V>) {
    this.prefix = prefix;
    this.name = name;
    this.elements = elements;
    this.format = format;
    this.#names = Object.keys(elements);
    this.#prefix = String.fromCharCode(prefix);
    this.#size = Object.values(elements).reduce((size, element) => size + element.size, 1);
    this.#only = this.#names.length === 0 ? { format, name, packed: this.#prefix } : undefined;
  }

  /** The place with these elements; for keys without elements `at()` is enough. */
  at(...args: keyof E extends never ? [] : [fields: In<E>]): Location<V> {
    return this.#only ?? { format: this.format, name: this.name, packed: this.#encode(args[0] as In<E>) };
  }

  /** All places with these leading elements. */
  under(leading: Partial<In<E>>): Range<E, V> {
    return { key: this, prefix: this.#encode(leading) };
  }

  /** Every place of the key. */
  all(): Range<E, V> {
    return { key: this, prefix: this.#prefix };
  }

  /** The elements of an encoded key; throws CorruptedStateError for one of another length or prefix. */
  decode(packed: Packed): Out<E> {
    if (packed.length !== this.#size || packed.charCodeAt(0) !== this.prefix) {
      throw new CorruptedStateError(`key of ${packed.length} bytes under ${this.name}`);
    }
    const fields: Record<string, unknown> = {};
    let at = 1;
    for (const name of this.#names) {
      const element = this.elements[name] as KeyElement<unknown>;
      fields[name] = element.decode(packed.slice(at, at + element.size));
      at += element.size;
    }
    return fields as Out<E>;
  }

  /** The elements of an encoded key for people; throws as `decode`. */
  describe(packed: Packed): Readonly<Record<string, string>> {
    const fields = Object.entries(this.decode(packed));
    return Object.fromEntries(
      fields.map(([name, value]) => [name, (this.elements[name] as KeyElement<unknown>).format(value)]),
    );
  }

  #encode(fields: Partial<In<E>>): Packed {
    let packed = this.#prefix;
    let isComplete = true;
    for (const name of this.#names) {
      const value = fields[name];
      if (value === undefined) isComplete = false;
      else if (!isComplete) throw new AssertionError(`${this.name}: ${name} given without the elements before it`);
      else packed += (this.elements[name] as KeyElement<unknown>).encode(value);
    }
    return packed;
  }
}

/** Declares a key. `prefix` is the key's first byte. */
export function stateKey<E extends Elements, V>(
  prefix: number,
  name: string,
  elements: E,
  format: ValueFormat<V>,
): StateKey<E, V> {
  return new StateKey(prefix, name, elements, format);
}

/** Any declared key, for tables of them. */
export type AnyStateKey = Pick<StateKey<Elements, unknown>, "prefix" | "name" | "elements" | "decode" | "describe"> & {
  readonly format: ValueFormat<unknown>;
};
