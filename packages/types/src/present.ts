// A list entry or map value that can be nil in the reference but never is in a sound value. It
// would keep a null (and mostly fail later with a panic); here null is refused where it is read.
// Entries whose absence is judged by validation rules, or is signed over, are `nullable` instead.
import { defineSchema, type Schema } from "@wadi/codec";

/** The schema with null refused by a `DecodeError`, in CBOR and in JSON. */
export function present<T>(schema: Schema<T>): Schema<T> {
  return defineSchema({
    ...schema,
    shape: { kind: "refine", inner: schema },
    decode: (reader) => {
      if (reader.atNull()) throw reader.fail("null entry");
      return schema.decode(reader);
    },
    fromJson: (reader) => {
      if (reader.takeNull()) throw reader.fail("null entry");
      return schema.fromJson(reader);
    },
  });
}
