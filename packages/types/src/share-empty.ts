// A genesis document holds one account object per holder, and most parts of most accounts are
// empty. A value whose members are all empty is replaced by the one frozen zero value, which is
// what keeps a large ledger within a small multiple of its text.
import { defineSchema, type Schema } from "@wadi/codec";

/** The same schema; empty values that it reads are one shared object. */
export function shareEmpty<S extends Schema<unknown>>(schema: S): S;
export function shareEmpty<T>(schema: Schema<T>): Schema<T> {
  const share = (value: T): T => (schema.isEmpty(value) ? schema.zero() : value);
  return {
    ...schema,
    ...defineSchema({
      ...schema,
      decode: (reader) => share(schema.decode(reader)),
      fromJson: (reader) => share(schema.fromJson(reader)),
    }),
  };
}
