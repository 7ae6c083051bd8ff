export * from "./array-struct.ts";
export { bytes, lenientBytes, raw } from "./bytes.ts";
export * from "./cbor.ts";
export { CborReader } from "./cbor-reader.ts";
export { Kind, modeRules } from "./cbor-rules.ts";
export type { DecodeMode, ModeRules } from "./cbor-rules.ts";
export { CborWriter, Head } from "./cbor-writer.ts";
export * from "./derive.ts";
export * from "./enumeration.ts";
export { DecodeError, EncodeError, isDecodeError } from "./errors.ts";
export * from "./fixed-hex.ts";
export * from "./frame.ts";
export { duration, i64, i64Number, u16, u32, u64, u64Number, u8 } from "./integers.ts";
export * from "./json.ts";
export { JsonReader } from "./json-reader.ts";
export { JsonWriter, jsonString } from "./json-writer.ts";
export { jsonRaw } from "./json-raw.ts";
export * from "./list.ts";
export * from "./map.ts";
export * from "./nullable.ts";
export { OutputBuffer } from "./output-buffer.ts";
export type { ByteSink } from "./output-buffer.ts";
export { bigEndian, quantity } from "./quantity.ts";
export { bool, compareUtf8, float64, text } from "./scalars.ts";
export { defineSchema, named, optional } from "./schema.ts";
export type {
  Field,
  KeyText,
  Members,
  Schema,
  SchemaParts,
  Shape,
  StructField,
  StructOf,
  StructSchema,
  TypeOf,
} from "./schema.ts";
export { create, struct } from "./struct.ts";
export * from "./text-forms.ts";
export { formatTime, parseTime, time } from "./time.ts";
export type { Time } from "./time.ts";
export { probeVersion, versioned } from "./versioned.ts";
export type { Versions } from "./versioned.ts";
export * as proto from "./protobuf/index.ts";
