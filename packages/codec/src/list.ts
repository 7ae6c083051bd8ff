import { Kind } from "./cbor-rules.ts";
import type { CborReader } from "./cbor-reader.ts";
import { atMember } from "./errors.ts";
import { defineSchema } from "./schema.ts";
import type { Schema } from "./schema.ts";

const EMPTY: readonly never[] = Object.freeze([]);

function readElements<T>(reader: CborReader, item: Schema<T>): readonly T[] {
  const count = reader.open();
  const out: T[] = [];
  try {
    while (reader.more(out.length, count)) out.push(item.decode(reader));
  } catch (e) {
    throw atMember(e, `[${out.length}]`);
  }
  reader.close();
  return out;
}

/** A Go slice where nil and empty need not differ: null reads as empty, empty is written as `80`. */
export function list<T>(item: Schema<T>): Schema<readonly T[]> {
  const name = `[${item.name}]`;
  return defineSchema<readonly T[]>({
    name,
    shape: { kind: "list", item },
    nilable: true,
    zero: () => EMPTY,
    isEmpty: (value) => value.length === 0,
    isEmptyJson: (value) => value.length === 0,
    encode: (writer, value) => {
      writer.list(value.length);
      for (const element of value) item.encode(writer, element);
    },
    decode: (reader) => {
      const kind = reader.next();
      if (kind === Kind.list) return readElements(reader, item);
      if (kind === Kind.null) return EMPTY;
      throw reader.mismatch(name);
    },
    toJson: (writer, value) => {
      writer.openArray();
      for (const element of value) {
        writer.element();
        item.toJson(writer, element);
      }
      writer.closeArray();
    },
    fromJson: (reader) => {
      if (reader.takeNull()) return EMPTY;
      const out: T[] = [];
      reader.openArray(name);
      try {
        while (reader.nextElement(out.length === 0)) out.push(item.fromJson(reader));
      } catch (e) {
        throw atMember(e, `[${out.length}]`);
      }
      return out;
    },
  });
}
