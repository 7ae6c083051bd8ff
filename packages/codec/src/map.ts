// Go maps: canonical key order in CBOR, order of key texts in JSON.
import { Kind } from "./cbor-rules.ts";
import type { CborReader } from "./cbor-reader.ts";
import { CborWriter } from "./cbor-writer.ts";
import { atMember } from "./errors.ts";
import type { JsonReader } from "./json-reader.ts";
import type { JsonWriter } from "./json-writer.ts";
import { latin1 } from "./native-text.ts";
import { giveBack, takeBuffer } from "./output-buffer.ts";
import { compareUtf8 } from "./scalars.ts";
import { defineSchema } from "./schema.ts";
import type { KeyText, Schema } from "./schema.ts";

const EMPTY: ReadonlyMap<never, never> = new Map<never, never>();

/** The keys in canonical order of their encodings: shorter first, then bytewise. */
function sortedKeys<K, V>(key: Schema<K>, value: ReadonlyMap<K, V>): K[] {
  const keys = [...value.keys()];
  if (keys.length < 2) return keys;
  const { keyOrder } = key;
  if (keyOrder) return keys.sort((a, b) => keyOrder.compare(a, b));
  const encoded = keys.map((k) => {
    const out = takeBuffer();
    key.encode(new CborWriter(out), k);
    const bytes = out.copy();
    giveBack(out);
    return { k, bytes };
  });
  encoded.sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes));
  return encoded.map(({ k }) => k);
}

/** What tells keys apart where the JavaScript values do not: objects by their encoding. */
function identity<K>(key: Schema<K>, value: K): unknown {
  if (typeof value !== "object" || value === null) return value;
  const out = takeBuffer();
  key.encode(new CborWriter(out), value);
  const id = latin1(out.bytes, 0, out.length);
  giveBack(out);
  return id;
}

function shown(key: unknown): string {
  if (typeof key !== "string") return typeof key === "bigint" || typeof key === "number" ? key.toString() : "...";
  return key.length > 80 ? `${key.slice(0, 80)}...` : key;
}

/** Collects entries by Go's notion of equal keys. */
class Entries<K, V> {
  readonly map = new Map<K, V>();
  readonly #key: Schema<K>;
  /** For object keys: identity to the key object that stands for it. */
  readonly #objects = new Map<unknown, K>();

  constructor(key: Schema<K>) {
    this.#key = key;
  }

  /** Adds an entry or replaces the value of an equal key; false if there was one. */
  set(key: K, value: V): boolean {
    const { size } = this.map;
    this.map.set(typeof key === "object" ? this.#representative(key) : key, value);
    return this.map.size > size;
  }

  #representative(key: K): K {
    const id = identity(this.#key, key);
    const present = this.#objects.get(id);
    if (present === undefined) this.#objects.set(id, key);
    return present ?? key;
  }
}

/**
 * Reads the pairs of the map whose head was just read. The reference decodes keys and values into
 * variables that it reuses, so on null plain types keep what the previous pair left there.
 */
function readPairs<K, V>(reader: CborReader, key: Schema<K>, value: Schema<V>): ReadonlyMap<K, V> {
  const count = reader.open();
  const entries = new Entries<K, V>(key);
  let lastKey = key.zero();
  let lastValue = value.zero();
  let inKey = true;
  try {
    for (let i = 0; reader.more(i, count); i++) {
      inKey = true;
      if (!key.plain || !takeNull(reader)) lastKey = key.decode(reader);
      inKey = false;
      if (!value.plain || !takeNull(reader)) lastValue = value.decode(reader);
      if (!entries.set(lastKey, lastValue) && reader.rules.refuseDuplicates) {
        throw reader.fail(`cbor: found duplicate map key "${shown(lastKey)}" at map element index ${i}`);
      }
    }
  } catch (e) {
    throw inKey ? e : atMember(e, `[${shown(lastKey)}]`);
  }
  reader.close();
  return entries.map;
}

/** Passes over null, for plain types. */
function takeNull(reader: CborReader): boolean {
  if (!reader.atTaggedNull()) return false;
  reader.next();
  return true;
}

function readObject<K, V>(reader: JsonReader, name: string, keyText: KeyText<K>, key: Schema<K>, value: Schema<V>) {
  const entries = new Entries<K, V>(key);
  let member = "";
  reader.openObject(name);
  try {
    for (let i = 0; reader.nextMember(i === 0); i++) {
      member = reader.memberName();
      entries.set(keyText.parse(member), value.fromJson(reader));
    }
  } catch (e) {
    throw atMember(e, `[${shown(member)}]`);
  }
  return entries.map;
}

function writeObject<K, V>(writer: JsonWriter, keyText: KeyText<K>, value: Schema<V>, map: ReadonlyMap<K, V>): void {
  const texts = Array.from(map.keys(), (key) => ({ key, text: keyText.format(key) }));
  texts.sort((a, b) => compareUtf8(a.text, b.text));
  writer.openObject();
  for (const { key, text } of texts) {
    writer.key(text);
    value.toJson(writer, map.get(key) as V);
  }
  writer.closeObject();
}

/**
 * A Go map where nil and empty need not differ: null reads as empty, empty is written as `a0`.
 * Keys that are objects are told apart by their encoding when reading.
 */
export function map<K, V>(key: Schema<K>, value: Schema<V>): Schema<ReadonlyMap<K, V>> {
  const name = `{${key.name}: ${value.name}}`;
  const keyText = (): KeyText<K> => {
    if (key.keyText === undefined) throw new TypeError(`${key.name} has no text form and cannot be a JSON key`);
    return key.keyText;
  };
  return defineSchema<ReadonlyMap<K, V>>({
    name,
    shape: { kind: "map", key, value },
    nilable: true,
    zero: () => EMPTY,
    isEmpty: (entries) => entries.size === 0,
    isEmptyJson: (entries) => entries.size === 0,
    encode: (writer, entries) => {
      writer.map(entries.size);
      for (const k of sortedKeys(key, entries)) {
        key.encode(writer, k);
        value.encode(writer, entries.get(k) as V);
      }
    },
    decode: (reader) => {
      const kind = reader.next();
      if (kind === Kind.map) return readPairs(reader, key, value);
      if (kind === Kind.null) return EMPTY;
      throw reader.mismatch(name);
    },
    toJson: (writer, entries) => writeObject(writer, keyText(), value, entries),
    fromJson: (reader) => (reader.takeNull() ? EMPTY : readObject(reader, name, keyText(), key, value)),
  });
}
