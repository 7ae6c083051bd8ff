// encoding/json RawMessage: JSON text inside CBOR as a byte string, inside JSON as it is.
import type { JsonWriter } from "./json-writer.ts";
import { readBytes } from "./bytes.ts";
import { DecodeError, EncodeError } from "./errors.ts";
import { JsonReader } from "./json-reader.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";

const NULL = Uint8Array.of(0x6e, 0x75, 0x6c, 0x6c);
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const QUOTE = 0x22;

/** Copies JSON to a writer with the writer's white space. */
function reprint(reader: JsonReader, writer: JsonWriter): void {
  const first = reader.peek();
  if (first === OPEN_OBJECT) {
    reader.openObject("JSON");
    writer.openObject();
    for (let i = 0; reader.nextMember(i === 0); i++) {
      const name = reader.quoted("a member name");
      writer.verbatimKey(htmlSafe(name));
      reader.colon();
      reprint(reader, writer);
    }
    writer.closeObject();
  } else if (first === OPEN_ARRAY) {
    reader.openArray("JSON");
    writer.openArray();
    for (let i = 0; reader.nextElement(i === 0); i++) {
      writer.element();
      reprint(reader, writer);
    }
    writer.closeArray();
  } else if (first === QUOTE) {
    writer.verbatim(htmlSafe(reader.quoted("a string")));
  } else {
    const start = reader.offset;
    reader.skip();
    writer.verbatim(reader.bytes.subarray(start, reader.offset));
  }
}

/** A string literal from its content (bytes as latin1 text), with what Go escapes even in given JSON. */
function htmlSafe(content: string): Uint8Array {
  const safe = content
    .replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
    .replaceAll("\u00e2\u0080\u00a8", "\\u2028")
    .replaceAll("\u00e2\u0080\u00a9", "\\u2029");
  return Buffer.from(`"${safe}"`, "latin1");
}

/** JSON text kept verbatim; null is Go's nil. */
export const jsonRaw: Schema<Uint8Array | null> = defineSchema<Uint8Array | null>({
  name: "jsonRaw",
  shape: { kind: "jsonRaw" },
  nilable: true,
  zero: () => null,
  isEmpty: (value) => value === null || value.length === 0,
  isEmptyJson: (value) => value === null || value.length === 0,
  encode: (writer, value) => {
    if (value === null) writer.null();
    else writer.byteString(value);
  },
  decode: (reader) => readBytes(reader, "jsonRaw")?.bytes ?? null,
  toJson: (writer, value) => {
    if (value === null) {
      writer.null();
      return;
    }
    const reader = new JsonReader(value);
    try {
      reader.skip();
      reader.end();
      reader.offset = 0;
      reprint(reader, writer);
    } catch (e) {
      throw e instanceof DecodeError ? new EncodeError(`jsonRaw does not hold printable JSON: ${e.message}`) : e;
    }
  },
  fromJson: (reader) => {
    if (reader.takeNull()) return NULL.slice();
    reader.peek();
    const start = reader.offset;
    reader.skip();
    return new Uint8Array(reader.bytes.subarray(start, reader.offset));
  },
});
