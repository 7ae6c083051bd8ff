// go/common/quantity: an unsigned integer of any size.
import type { CborReader } from "./cbor-reader.ts";
import type { CborWriter } from "./cbor-writer.ts";
import { Kind } from "./cbor-rules.ts";
import { Head } from "./cbor-writer.ts";
import { EncodeError } from "./errors.ts";
import { hex } from "./native-text.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";
import { readEmptyStruct } from "./struct.ts";
import { parseQuantity } from "./text-forms.ts";

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The unsigned integer of big-endian bytes. */
export function bigEndian(bytes: Uint8Array): bigint {
  const { length } = bytes;
  if (length > 6) return BigInt(`0x${hex(bytes)}`);
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[i] as number);
  return BigInt(value);
}

function encodeQuantity(writer: CborWriter, value: bigint): void {
  if (value < 0n) throw new EncodeError("invalid quantity");
  if (value > MAX_SAFE) {
    const digits = value.toString(16);
    writer.byteString(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex"));
    return;
  }
  let rest = Number(value);
  let size = 0;
  for (let left = rest; left >= 1; left /= 256) size++;
  writer.head(Head.bytes, size);
  const { out } = writer;
  out.reserve(size);
  for (let at = out.length + size - 1; at >= out.length; at--) {
    out.bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  out.length += size;
}

function decodeQuantity(reader: CborReader): bigint {
  switch (reader.next()) {
    case Kind.bytes:
      return bigEndian(reader.byteView());
    case Kind.map:
      // In Go it is a struct without exported members, so a map of unknown keys is zero where such keys pass.
      readEmptyStruct(reader);
      return 0n;
    case Kind.null:
      return 0n;
    default:
      throw reader.mismatch("quantity");
  }
}

/** Minimal big-endian bytes in CBOR, a decimal string in JSON. Leading zeros are accepted. */
export const quantity: Schema<bigint> = defineSchema<bigint>({
  name: "quantity",
  shape: { kind: "quantity" },
  zero: () => 0n,
  isEmpty: (value) => value === 0n,
  encode: encodeQuantity,
  decode: decodeQuantity,
  toJson: (writer, value) => writer.asciiString(value.toString()),
  fromJson: (reader) => (reader.takeNull() ? 0n : parseQuantity(reader.string("quantity"))),
  keyText: { format: String, parse: parseQuantity },
});
