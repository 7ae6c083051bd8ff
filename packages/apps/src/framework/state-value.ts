// The forms of values in the state tree: mostly canonical CBOR of a schema, sometimes nothing or
// raw bytes.
import { decodeCbor, encodeCbor, encodeJson, type DecodeMode, type Schema } from "@wadi/codec";
import { pack, packedFromHex, packedToHex, unpack, type Packed } from "@wadi/mkvs";

/** How a value is stored. Values are never changed in place: a decoded one may be shared. */
export interface ValueFormat<V> {
  readonly name: string;
  encode(value: V): Packed;
  /** Throws DecodeError. */
  decode(packed: Packed): V;
  /** JSON text, for people. */
  toJson(value: V): string;
}

/** Canonical CBOR. The reference reads most of its own state in the trusted mode. */
export function cborValue<V>(schema: Schema<V>, mode: DecodeMode = "trusted"): ValueFormat<V> {
  return {
    name: schema.name,
    encode: (value) => pack(encodeCbor(schema, value)),
    decode: (packed) => decodeCbor(schema, unpack(packed), mode),
    toJson: (value) => encodeJson(schema, value),
  };
}

/**
 * The same with the last decoded value kept, for large values that are read many times between
 * two changes. What a value decodes to depends on nothing but its bytes.
 */
export function keepingLast<V>(format: ValueFormat<V>): ValueFormat<V> {
  let last: { readonly packed: Packed; readonly value: V } | undefined;
  return {
    ...format,
    decode(packed) {
      if (last?.packed !== packed) last = { packed, value: format.decode(packed) };
      return last.value;
    },
  };
}

/** A key that is only there or not: its value has no bytes. */
export const noValue: ValueFormat<true> = {
  name: "present",
  encode: () => "",
  decode: () => true,
  toJson: () => "true",
};

/** Bytes as they are. */
export const rawValue: ValueFormat<Uint8Array> = {
  name: "bytes",
  encode: pack,
  decode: unpack,
  toJson: (value) => JSON.stringify(Buffer.from(value).toString("base64")),
};

/** UTF-8 text. */
export const textValue: ValueFormat<string> = {
  name: "text",
  encode: (value) => pack(Buffer.from(value, "utf8")),
  decode: (packed) => Buffer.from(unpack(packed)).toString("utf8"),
  toJson: (value) => JSON.stringify(value),
};

/** The bytes of an identifier that is hex text in memory. */
export function identifierValue<T extends string>(name: string): ValueFormat<T> {
  return {
    name,
    encode: packedFromHex,
    decode: (packed) => packedToHex(packed) as T,
    toJson: (value) => JSON.stringify(value),
  };
}
