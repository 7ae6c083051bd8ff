// Lists of a Go type over uint8 look like any other list in Go and in JSON, but the reference's CBOR
// library writes them as byte strings.
import { bytes, defineSchema, list, type Schema } from "@wadi/codec";

/** A tagged list of one-byte numbers: a byte string in CBOR (a list is read as well), a list in JSON. */
export function byteList(item: Schema<number>): Schema<readonly number[]> {
  return defineSchema({
    ...list(item),
    encode: (writer, value) => bytes.encode(writer, Uint8Array.from(value)),
    decode: (reader) => Array.from(bytes.decode(reader)),
  });
}
