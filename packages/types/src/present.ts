// A list entry or map value that the reference holds through a pointer but never expects to be nil.
// It would keep a null and fail later with a panic; here null is refused where it is read.
// Entries whose absence is judged by validation rules are `nullable` instead.
import { defineSchema, type Schema } from "@wadi/codec";

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
