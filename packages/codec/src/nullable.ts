import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";

function orNull<T>(
  kind: "nullable" | "nilable",
  inner: Schema<T>,
  isEmpty: (value: T | null) => boolean,
): Schema<T | null> {
  return defineSchema<T | null>({
    name: inner.name,
    shape: { kind, inner: inner },
    nilable: true,
    zero: () => null,
    isEmpty,
    isEmptyJson: isEmpty,
    encode: (writer, value) => {
      if (value === null) writer.null();
      else inner.encode(writer, value);
    },
    decode: (reader) => {
      // A pointer is nil for a bare null only; a slice or map also for a tagged one.
      if (!(inner.nilable ? reader.atTaggedNull() : reader.atNull())) return inner.decode(reader);
      reader.next();
      return null;
    },
    toJson: (writer, value) => {
      if (value === null) writer.null();
      else inner.toJson(writer, value);
    },
    fromJson: (reader) => (reader.takeNull() ? null : inner.fromJson(reader)),
  });
}

/**
 * A Go pointer, or an untagged slice, map or byte string where nil (`f6`) and empty differ.
 * Only null counts as empty.
 */
export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return orNull("nullable", inner, (value) => value === null);
}

/**
 * An optional slice, map or byte string where nil and empty differ in memory although both are
 * left out on the wire.
 */
export function nilable<T>(inner: Schema<T>): Schema<T | null> {
  return orNull("nilable", inner, (value) => value === null || inner.isEmpty(value));
}
