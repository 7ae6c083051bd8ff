// A list entry or map value that the reference holds through a pointer but never expects to be nil.
// It would keep a null and fail later with a panic; here null is refused where it is read.
// Entries whose absence is judged by validation rules are `nullable` instead.
import { nullable, refine, transform, type Schema } from "@wadi/codec";
import { must } from "@wadi/util";

export function present<T>(schema: Schema<T>): Schema<T> {
  const checked = refine(nullable(schema), (value) => (value === null ? "null entry" : undefined));
  return transform(checked, { decode: (value) => must(value), encode: (value) => value });
}
