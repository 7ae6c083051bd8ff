// Structs: maps with text keys in CBOR, objects in JSON.
import type { CborReader } from "./cbor-reader.ts";
import type { CborWriter } from "./cbor-writer.ts";
import { Kind } from "./cbor-rules.ts";
import { atMember } from "./errors.ts";
import { defineSchema, fieldOf } from "./schema.ts";
import { jsonFace } from "./struct-json.ts";
import type { Members, Schema, StructField, StructOf, StructSchema } from "./schema.ts";

/** `entityId` to `entity_id`. */
function snakeCase(property: string): string {
  return /[A-Z]/.test(property) ? property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : property;
}

/** The members of a struct with their wire names. */
export function structFields(members: Members): readonly StructField[] {
  const fields = Object.entries(members).map(([property, member]) => {
    const field = fieldOf(member);
    const key = field.key ?? snakeCase(property);
    return { property, key, jsonKey: field.jsonKey ?? key, omittable: field.omittable, schema: field.schema };
  });
  // Readers match names without regard to letter case, which must leave one candidate.
  if (new Set(fields.map(({ key }) => key.toLowerCase())).size !== fields.length) {
    throw new TypeError(`members differ in letter case only: ${fields.map(({ key }) => key).join(", ")}`);
  }
  return fields;
}

/** A member as the CBOR loops use it, in canonical order of keys. */
interface CborMember {
  readonly property: string;
  readonly key: string;
  /** Head and text of the key. */
  readonly encodedKey: Uint8Array;
  readonly omittable: boolean;
  readonly schema: Schema<unknown>;
}

function encodeKey(key: string): Uint8Array {
  const text = Buffer.from(key, "utf8");
  const head = text.length < 24 ? [0x60 | text.length] : [0x78, text.length];
  return Uint8Array.from([...head, ...text]);
}

function cborMembers(fields: readonly StructField[]): readonly CborMember[] {
  return fields
    .map(({ property, key, omittable, schema }) => ({ property, key, encodedKey: encodeKey(key), omittable, schema }))
    .sort((a, b) => a.encodedKey.length - b.encodedKey.length || Buffer.compare(a.encodedKey, b.encodedKey));
}

/** True if the input continues with the member's encoded key. */
function atKey(reader: CborReader, encodedKey: Uint8Array): boolean {
  const { bytes, offset } = reader;
  for (let i = 0; i < encodedKey.length; i++) {
    if (bytes[offset + i] !== encodedKey[i]) return false;
  }
  return true;
}

/** Equality of ASCII names without regard to case; Go's folding adds nothing for keys of equal length. */
function equalFold(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase() && Buffer.byteLength(a) === b.length;
}

/** Which members of a struct were read: a set of small indices without allocation for the first 31. */
const MASK_BITS = 31;

/** Finds members by the reference's rules where the keys are not simply in canonical order. */
class MemberSearch {
  readonly #members: readonly CborMember[];
  readonly #found: boolean[];
  readonly #seen: Set<string | bigint>;

  /** `taken` has bit i set if member i was already read. */
  constructor(members: readonly CborMember[], taken: number) {
    this.#members = members;
    this.#found = members.map((_, i) => i < MASK_BITS && (taken & (1 << i)) !== 0);
    this.#seen = new Set(members.filter((_, i) => this.#found[i]).map((member) => member.key));
  }

  /** Reads the key at map element `index`; undefined for an unknown key that the mode ignores. */
  read(reader: CborReader, index: number): CborMember | undefined {
    const key = readKey(reader);
    if (reader.rules.refuseDuplicates) {
      if (this.#seen.has(key)) {
        throw reader.fail(`cbor: found duplicate map key ${JSON.stringify(String(key))} at map element index ${index}`);
      }
      this.#seen.add(key);
    }
    const found = typeof key === "string" ? this.#match(key) : -1;
    if (found >= 0) this.#found[found] = true;
    else if (reader.rules.refuseUnknown) throw reader.fail(`cbor: found unknown field at map element index ${index}`);
    return this.#members[found];
  }

  /** An exact match wins over one in other letter case; a member that was read is out of the game. */
  #match(key: string): number {
    const exact = this.#members.findIndex((member, i) => !this.#found[i] && member.key === key);
    if (exact >= 0) return exact;
    return this.#members.findIndex((member, i) => !this.#found[i] && equalFold(key, member.key));
  }
}

/** A key of a struct's map: text, or an integer, which the reference reads as int64 and matches no member. */
function readKey(reader: CborReader): string | bigint {
  // Tags are not passed over here, even in trusted mode.
  const first = reader.bytes[reader.offset];
  if (first === undefined) throw reader.unexpectedEnd();
  if (first >> 5 === Kind.tag) throw reader.fail("cbor: a tag cannot be used to match a struct field name");
  const kind = reader.next();
  if (kind === Kind.text) return reader.textContent();
  const argument = (BigInt(reader.high) << 32n) | BigInt(reader.low);
  if (kind === Kind.uint) return BigInt.asIntN(64, argument);
  if (kind === Kind.negative && reader.high < 0x8000_0000) return -1n - argument;
  throw reader.mismatch("the name of a struct member");
}

/**
 * Reads the pairs of the map whose head was just read into `target`, which has all properties.
 * `members` are in canonical order of keys. As long as the keys come in that order they are
 * compared as bytes, and no key can occur twice.
 */
function readMembers(reader: CborReader, members: readonly CborMember[], target: Record<string, unknown>): void {
  const count = reader.open();
  let search: MemberSearch | undefined;
  let current: CborMember | undefined;
  let next = 0;
  let taken = 0;
  try {
    for (let i = 0; reader.more(i, count); i++) {
      if (search === undefined) {
        let at = next;
        while (at < members.length && !atKey(reader, (members[at] as CborMember).encodedKey)) at++;
        if (at < MASK_BITS && at < members.length) {
          current = members[at] as CborMember;
          reader.offset += current.encodedKey.length;
          taken |= 1 << at;
          next = at + 1;
        } else search = new MemberSearch(members, taken);
      }
      if (search !== undefined) current = search.read(reader, i);
      if (current === undefined) reader.skip();
      else target[current.property] = current.schema.decode(reader);
      current = undefined;
    }
  } catch (e) {
    throw current === undefined ? e : atMember(e, current.key);
  }
  reader.close();
}

/** Reads the pairs of a map as a Go struct without members does. */
export function readEmptyStruct(reader: CborReader): void {
  readMembers(reader, [], {});
}

/** A function that gives the frozen object of the members' zero values, made at its first call. */
export function zeroOf(fields: readonly StructField[]): () => Readonly<Record<string, unknown>> {
  let zero: Readonly<Record<string, unknown>> | undefined;
  return () => {
    zero ??= Object.freeze(Object.fromEntries(fields.map(({ property, schema }) => [property, schema.zero()])));
    return zero;
  };
}

function writeMembers(writer: CborWriter, members: readonly CborMember[], value: Record<string, unknown>): void {
  let count = members.length;
  for (const { property, omittable, schema } of members) {
    if (omittable && schema.isEmpty(value[property])) count--;
  }
  writer.map(count);
  const isWhole = count === members.length;
  for (const { property, encodedKey, omittable, schema } of members) {
    const member = value[property];
    if (!isWhole && omittable && schema.isEmpty(member)) continue;
    writer.raw(encodedKey);
    schema.encode(writer, member);
  }
}

/**
 * A struct. Properties are camelCase; the wire key is the snake_case form unless `named` says
 * otherwise. Declaration order is the order in JSON; CBOR is always in canonical order.
 * Decoded objects have every property, in declaration order.
 */
export function struct<M extends Members>(name: string, members: M): StructSchema<M> {
  type Value = StructOf<M>;
  type Loose = Record<string, unknown>;
  const fields = structFields(members);
  // Made at the first use: a program knows hundreds of structs and uses some of them.
  let ordered: readonly CborMember[] | undefined;
  const inOrder = (): readonly CborMember[] => (ordered ??= cborMembers(fields));
  const isAllOmittable = fields.every(({ omittable }) => omittable);
  const zero = zeroOf(fields) as () => Value;
  const json = jsonFace(name, fields, zero);
  const schema = defineSchema<Value>({
    name,
    shape: { kind: "struct", fields },
    zero,
    isEmpty: (value) => isAllOmittable && inOrder().every((member) => member.schema.isEmpty(value[member.property])),
    encode: (writer, value) => writeMembers(writer, inOrder(), value),
    decode: (reader) => {
      const kind = reader.next();
      if (kind === Kind.null) return zero();
      if (kind !== Kind.map) throw reader.mismatch(name);
      const target: Loose = { ...zero() };
      readMembers(reader, inOrder(), target);
      return target as Value;
    },
    toJson: json.toJson,
    fromJson: (reader) => json.fromJson(reader) as Value,
  });
  return Object.freeze({ ...schema, members, shape: { kind: "struct" as const, fields } });
}

/** A value of a struct from some of its members; the others are zero. */
export function create<M extends Members>(schema: StructSchema<M>, members: Partial<StructOf<M>>): StructOf<M> {
  return { ...schema.zero(), ...members };
}
