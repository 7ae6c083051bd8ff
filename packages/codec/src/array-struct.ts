import { Kind } from "./cbor-rules.ts";
import type { CborReader } from "./cbor-reader.ts";
import { atMember } from "./errors.ts";
import { defineSchema } from "./schema.ts";
import type { Members, StructField, StructOf, StructSchema } from "./schema.ts";
import { structFields, zeroOf } from "./struct.ts";
import { jsonFace } from "./struct-json.ts";

type Loose = Record<string, unknown>;

function readElements(reader: CborReader, name: string, fields: readonly StructField[], target: Loose): void {
  const count = reader.open();
  const wrongCount = `cbor: cannot decode CBOR array to ${name} with different number of elements`;
  if (count >= 0 && count !== fields.length) throw reader.fail(wrongCount);
  let index = 0;
  for (; reader.more(index, count); index++) {
    const field = fields[index];
    if (field === undefined) throw reader.fail(wrongCount);
    try {
      target[field.property] = field.schema.decode(reader);
    } catch (e) {
      throw atMember(e, field.key);
    }
  }
  if (index !== fields.length) throw reader.fail(wrongCount);
  reader.close();
}

/** A struct that is a CBOR list of its members in declaration order ("toarray"); in JSON it is an object. */
export function arrayStruct<M extends Members>(name: string, members: M): StructSchema<M> {
  type Value = StructOf<M>;
  const fields = structFields(members);
  const zero = zeroOf(fields) as () => Value;
  const json = jsonFace(name, fields, zero);
  const shape = { kind: "arrayStruct" as const, fields };
  const schema = defineSchema<Value>({
    name,
    shape,
    zero,
    isEmpty: () => fields.length === 0,
    encode: (writer, value) => {
      writer.list(fields.length);
      for (const { property, schema: member } of fields) member.encode(writer, (value as Loose)[property]);
    },
    decode: (reader) => {
      const kind = reader.next();
      if (kind === Kind.null) return zero();
      if (kind !== Kind.list) throw reader.mismatch(name);
      const target: Loose = { ...zero() };
      readElements(reader, name, fields, target);
      return target as Value;
    },
    toJson: json.toJson,
    fromJson: (reader) => json.fromJson(reader) as Value,
  });
  return Object.freeze({ ...schema, members, shape });
}
