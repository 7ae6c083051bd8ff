// Delimited messages: a uvarint length, then the message (protoio of the reference).
import { ErrMessageTooLarge } from "./errors.ts";
import type { MessageSchema } from "./message.ts";
import { ProtoReader } from "./reader.ts";
import { written } from "./writer.ts";

/** A length as a uvarint and the message behind it. */
export function encodeDelimited<T>(schema: MessageSchema<T>, value: T): Uint8Array {
  return written((writer) => schema.type.write(writer, value));
}

/**
 * Reads one delimited message at the start of the input; `size` is how many bytes it took.
 * A length above `maxSize` is refused before the message is looked at.
 */
export function decodeDelimited<T>(
  schema: MessageSchema<T>,
  input: Uint8Array,
  maxSize: number,
): { readonly value: T; readonly size: number } {
  const probe = new ProtoReader(input, schema.name);
  probe.varint();
  if (probe.high !== 0 || probe.low > maxSize) throw probe.fail(ErrMessageTooLarge, `limit ${maxSize}`);
  const end = probe.at + probe.low;
  const reader = new ProtoReader(input, schema.name);
  const value = schema.type.read(reader);
  return { value, size: end };
}
