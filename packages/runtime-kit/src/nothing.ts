import { defineSchema, Kind, type Schema } from "@wadi/codec";

/** CBOR null: for methods without arguments or result. */
export const nothing: Schema<null> = defineSchema<null>({
  name: "nothing",
  nilable: true,
  zero: () => null,
  encode: (writer) => writer.null(),
  decode: (reader) => {
    if (reader.next() !== Kind.null) throw reader.mismatch("nothing");
    return null;
  },
  toJson: (writer) => writer.null(),
  fromJson: (reader) => {
    if (!reader.takeNull()) throw reader.fail("nothing was expected");
    return null;
  },
});
