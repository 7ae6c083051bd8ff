// The state as runtime code sees it, and typed views of parts of it.
import { decodeCbor, encodeCbor, type Schema } from "@wadi/codec";
import { pack, unpack, type KeyValueTree } from "@wadi/mkvs";
import { concatBytes, utf8 } from "@wadi/util";

/** Byte keys and values, in bytewise order of keys. Keys have at most 8191 bytes. */
export interface State {
  get(key: Uint8Array): Uint8Array | undefined;
  /** An empty value is a value. Returns the one it replaces. */
  insert(key: Uint8Array, value: Uint8Array): Uint8Array | undefined;
  /** Returns the removed value. */
  remove(key: Uint8Array): Uint8Array | undefined;
  /** The items whose keys begin with `prefix`. The state must not be changed meanwhile. */
  entries(prefix: Uint8Array): IterableIterator<[key: Uint8Array, value: Uint8Array]>;
}

/** A view of the tree that `open` gives; it is asked each time, as calls nest. */
export function stateOver(open: () => KeyValueTree): State {
  return {
    get: (key) => open().get(key),
    insert(key, value) {
      const tree = open();
      const packed = pack(key);
      const old = tree.getPacked(packed);
      tree.insertPacked(packed, pack(value));
      return old === undefined ? undefined : unpack(old);
    },
    remove: (key) => open().removeExisting(key),
    *entries(prefix) {
      const start = pack(prefix);
      const iterator = open().iterate();
      for (iterator.seekPacked(start); iterator.valid; iterator.next()) {
        if (!iterator.packedKey.startsWith(start)) return;
        yield [iterator.key, iterator.value];
      }
    },
  };
}

const bytesOf = (key: string | Uint8Array): Uint8Array => (typeof key === "string" ? utf8(key) : key);

/** One typed value. */
export interface Cell<T> {
  get(state: State): T | undefined;
  set(state: State, value: T): void;
  remove(state: State): void;
}

/** The value at a fixed key, as CBOR. */
export function cell<T>(key: string | Uint8Array, schema: Schema<T>): Cell<T> {
  const at = bytesOf(key);
  return {
    get(state) {
      const found = state.get(at);
      return found === undefined ? undefined : decodeCbor(schema, found);
    },
    set: (state, value) => void state.insert(at, encodeCbor(schema, value)),
    remove: (state) => void state.remove(at),
  };
}

/** A text stands for its UTF-8. */
export type TableKey = string | Uint8Array;

/** Typed values by key. */
export interface Table<T> {
  get(state: State, key: TableKey): T | undefined;
  set(state: State, key: TableKey, value: T): void;
  /** Whether there was something to remove. */
  remove(state: State, key: TableKey): boolean;
  /** Values with the bytes of their keys, in their order. */
  entries(state: State): IterableIterator<[key: Uint8Array, value: T]>;
}

/**
 * Values at `prefix` followed by the key, as CBOR. No prefix of a runtime may begin with another,
 * or the tables see each other's items.
 */
export function table<T>(prefix: string | Uint8Array, schema: Schema<T>): Table<T> {
  const start = bytesOf(prefix);
  const at = (key: TableKey): Uint8Array => concatBytes(start, bytesOf(key));
  return {
    get(state, key) {
      const found = state.get(at(key));
      return found === undefined ? undefined : decodeCbor(schema, found);
    },
    set: (state, key, value) => void state.insert(at(key), encodeCbor(schema, value)),
    remove: (state, key) => state.remove(at(key)) !== undefined,
    *entries(state) {
      for (const [key, value] of state.entries(start)) yield [key.slice(start.length), decodeCbor(schema, value)];
    },
  };
}
