// The schema interface: one value per wire structure gives its CBOR face, its JSON face, its zero
// value and its TypeScript type. Combinators in the neighbouring files build schemas from schemas.
import type { CborReader } from "./cbor-reader.ts";
import type { CborWriter } from "./cbor-writer.ts";
import type { JsonReader } from "./json-reader.ts";
import type { JsonWriter } from "./json-writer.ts";

/** The text form of a value that is used as a JSON object key; `parse` throws a WadiError on bad text. */
export interface KeyText<T> {
  format(value: T): string;
  parse(text: string): T;
}

/** One member of a struct, as its schema describes itself. */
export interface StructField {
  readonly property: string;
  readonly key: string;
  readonly jsonKey: string;
  readonly omittable: boolean;
  readonly schema: Schema<unknown>;
}

/** What a schema is made of, for audits, generators and documents. Not used when reading or writing. */
export type Shape =
  | { readonly kind: "bool" | "text" | "float64" | "u8" | "u16" | "u32" | "i64" | "u64" | "i64Number" | "u64Number" }
  | { readonly kind: "bytes" | "raw" | "jsonRaw" | "quantity" | "duration" | "time" | "custom" }
  | { readonly kind: "fixedHex" | "fixedBytes" | "lenientBytes"; readonly size: number }
  | {
      readonly kind: "enumeration";
      readonly base: "u8" | "u32" | "int";
      readonly names: Readonly<Record<number, string>> | undefined;
    }
  | { readonly kind: "list"; readonly item: Schema<unknown> }
  | { readonly kind: "map"; readonly key: Schema<unknown>; readonly value: Schema<unknown> }
  | {
      readonly kind: "nullable" | "nilable" | "transform" | "refine" | "withJson" | "withText" | "lazy";
      readonly inner: Schema<unknown>;
    }
  | {
      readonly kind: "versioned";
      readonly versions: ReadonlyMap<number, Schema<unknown>>;
      readonly missing: Schema<unknown> | undefined;
    }
  | { readonly kind: "struct" | "arrayStruct"; readonly fields: readonly StructField[] };

/** The order of values as keys of a CBOR map. */
export interface KeyOrder<T> {
  compare(a: T, b: T): number;
}

/** How values of one Go type look on the wire. */
export interface Schema<T> {
  /** For messages: `registry.Runtime`, `u64`. */
  readonly name: string;
  /** Go's zero value. Objects are shared and frozen. */
  readonly zero: () => T;
  /** Whether CBOR leaves the value out where the member is `optional`. */
  isEmpty(value: T): boolean;
  /** Whether JSON leaves the value out where the member is `optional`. */
  isEmptyJson(value: T): boolean;
  /** Appends the canonical CBOR; throws EncodeError for a value that has none. */
  encode(writer: CborWriter, value: T): void;
  /** Reads one CBOR item; null and undefined give `zero()`. Keeps no reference to the input. */
  decode(reader: CborReader): T;
  /** Appends Go's JSON; throws EncodeError for a value that has none. */
  toJson(writer: JsonWriter, value: T): void;
  /** Reads one JSON value by Go's rules; null gives `zero()`. Keeps no reference to the input. */
  fromJson(reader: JsonReader): T;
  /** Present if the type can be the key of a JSON object. */
  readonly keyText: KeyText<T> | undefined;
  /**
   * True for Go's plain booleans, numbers and strings. As key or value of a map they keep the
   * previous entry's value on null, because the reference decoder reuses one variable.
   */
  readonly plain: boolean;
  /** True where the Go value can be nil: there a repeated JSON member with null clears the value. */
  readonly nilable: boolean;
  /** Canonical CBOR order of two values as map keys, where it is cheaper than comparing encodings. */
  readonly keyOrder: KeyOrder<T> | undefined;
  readonly shape: Shape;
}

/** The TypeScript type of a schema's (or struct member's) values. */
export type TypeOf<S> = S extends { readonly zero: () => infer T } ? T : never;

/** What a schema must say; the rest has defaults. */
export interface SchemaParts<T> {
  readonly name: string;
  readonly zero: () => T;
  /** Default: never. */
  isEmpty?(value: T): boolean;
  /** Default: never. */
  isEmptyJson?(value: T): boolean;
  encode(writer: CborWriter, value: T): void;
  decode(reader: CborReader): T;
  toJson(writer: JsonWriter, value: T): void;
  fromJson(reader: JsonReader): T;
  readonly keyText?: KeyText<T> | undefined;
  readonly plain?: boolean;
  readonly nilable?: boolean;
  readonly keyOrder?: KeyOrder<T> | undefined;
  readonly shape?: Shape;
}

const never = (): boolean => false;
const customShape: Shape = { kind: "custom" };

/** Completes a schema; all schemas get one object shape, which keeps calls through them fast. */
export function defineSchema<T>(parts: SchemaParts<T>): Schema<T> {
  return Object.freeze({
    name: parts.name,
    zero: parts.zero,
    isEmpty: parts.isEmpty ?? never,
    isEmptyJson: parts.isEmptyJson ?? never,
    encode: parts.encode,
    decode: parts.decode,
    toJson: parts.toJson,
    fromJson: parts.fromJson,
    keyText: parts.keyText,
    plain: parts.plain ?? false,
    nilable: parts.nilable ?? false,
    keyOrder: parts.keyOrder,
    shape: parts.shape ?? customShape,
  });
}

/** A struct member that says more than its schema: see `optional` and `named`. */
export interface Field<T> {
  readonly field: true;
  readonly schema: Schema<T>;
  readonly zero: () => T;
  /** Wire key, where it is not the snake_case form of the property. */
  readonly key: string | undefined;
  /** JSON member name, where it is not the wire key. */
  readonly jsonKey: string | undefined;
  /** Tagged `omitempty`. */
  readonly omittable: boolean;
}

/** A struct's members: property name to schema or field. */
export interface Members {
  readonly [property: string]: Schema<unknown> | Field<unknown>;
}

/** The object type of a struct with these members. */
export type StructOf<M extends Members> = { readonly [K in keyof M]: TypeOf<M[K]> };

/** A schema made of named members. */
export interface StructSchema<M extends Members> extends Schema<StructOf<M>> {
  /** The members in declaration order; spread them to embed one struct in another. */
  readonly members: M;
  readonly shape: Extract<Shape, { readonly kind: "struct" | "arrayStruct" }>;
}

const asField = <T>(member: Schema<T> | Field<T>): Field<T> =>
  "field" in member
    ? member
    : { field: true, schema: member, zero: member.zero, key: undefined, jsonKey: undefined, omittable: false };

/** A member tagged `omitempty`: left out when its schema calls the value empty. */
export function optional<T>(member: Schema<T> | Field<T>): Field<T> {
  return { ...asField(member), omittable: true };
}

/** A member whose wire key (and, if it differs, JSON name) is not the snake_case form of its property. */
export function named<T>(key: string, member: Schema<T> | Field<T>, jsonKey?: string): Field<T> {
  const field = asField(member);
  return { ...field, key, jsonKey: jsonKey ?? field.jsonKey };
}

/** The field a member stands for. */
export function fieldOf(member: Schema<unknown> | Field<unknown>): Field<unknown> {
  return asField(member);
}
