// Fields made of other types: sub-messages, repeated fields, oneof.
import { ErrTooManyElements } from "./errors.ts";
import type { Field, ValueType } from "./field.ts";
import type { MessageSchema } from "./message.ts";
import { WireType } from "./reader.ts";
import { bytesType, hexType, stringType } from "./scalars.ts";

/** A non-nullable sub-message: always written, also when empty; occurrences are merged. */
export function required<T>(number: number, schema: MessageSchema<T>): Field<T> {
  const { type } = schema;
  return {
    numbers: [number],
    initial: type.initial,
    write(writer, value) {
      type.write(writer, value);
      writer.tag(number, WireType.bytes);
    },
    read(reader, previous) {
      reader.expect(WireType.bytes);
      return type.read(reader, previous);
    },
  };
}

/** A nullable sub-message: written when set; occurrences are merged. */
export function optional<T>(number: number, schema: MessageSchema<T>): Field<T | undefined> {
  const inner = required(number, schema);
  return {
    numbers: inner.numbers,
    initial: () => undefined,
    write(writer, value) {
      if (value !== undefined) inner.write(writer, value);
    },
    read: (reader, previous) => inner.read(reader, previous),
  };
}

function repeatedOf<T>(number: number, type: ValueType<T>, maxLength = Infinity): Field<readonly T[]> {
  return {
    numbers: [number],
    initial: () => [],
    write(writer, values) {
      for (let i = values.length - 1; i >= 0; i--) {
        type.write(writer, values[i] as T);
        writer.tag(number, type.wireType);
      }
    },
    read(reader, previous) {
      reader.expect(type.wireType);
      // The list was made by this decoder for the message being read, so it may grow in place.
      const values = (previous ?? []) as T[];
      if (values.length >= maxLength) throw reader.fail(ErrTooManyElements, `limit ${maxLength}`);
      values.push(type.read(reader));
      return values;
    },
  };
}

/**
 * A list of sub-messages; every element is written, also when empty. Decoding refuses more than
 * `maxLength` elements: two bytes on the wire can become a hundred in memory.
 */
export function repeated<T>(number: number, schema: MessageSchema<T>, maxLength?: number): Field<readonly T[]> {
  return repeatedOf(number, schema.type, maxLength);
}

/** A list of byte strings; every element is written, also when empty. */
export function repeatedBytes(number: number): Field<readonly Uint8Array[]> {
  return repeatedOf(number, bytesType);
}

/** A list of texts; every element is written, also when empty. */
export function repeatedString(number: number): Field<readonly string[]> {
  return repeatedOf(number, stringType);
}

/**
 * A packed list of uint64. Unpacked elements are accepted too, and, as in the reference, an
 * element may run over the end of the packed block as long as it ends inside the message.
 */
export function packedUint64(number: number): Field<readonly bigint[]> {
  return {
    numbers: [number],
    initial: () => [],
    write(writer, values) {
      if (values.length === 0) return;
      const before = writer.size;
      for (let i = values.length - 1; i >= 0; i--) writer.varint64(values[i] ?? 0n);
      writer.varint(writer.size - before);
      writer.tag(number, WireType.bytes);
    },
    read(reader, previous) {
      const values = (previous ?? []) as bigint[];
      if (reader.wireType === WireType.varint) {
        values.push(reader.uint64());
        return values;
      }
      reader.expect(WireType.bytes);
      const length = reader.length();
      const end = reader.at + length;
      while (reader.at < end) values.push(reader.uint64());
      return values;
    },
  };
}

/** One alternative of a oneof. */
export interface OneofMember<T> {
  readonly number: number;
  readonly type: ValueType<T>;
}

/** A oneof member that is a message. */
export function memberMessage<T>(number: number, schema: MessageSchema<T>): OneofMember<T> {
  return { number, type: schema.type };
}

/** A oneof member of bytes, copied from the input. */
export function memberBytes(number: number): OneofMember<Uint8Array> {
  return { number, type: bytesType };
}

/** A oneof member of bytes as lower-case hex; `T` may brand it, no size is checked. */
export function memberHex<T extends string = string>(number: number): OneofMember<T> {
  return { number, type: hexType() };
}

/** The value of a oneof: which member and its value, or undefined when none is set. */
export type OneofValue<M> =
  | { [K in keyof M]: { readonly case: K; readonly value: M[K] extends OneofMember<infer T> ? T : never } }[keyof M]
  | undefined;

/** At most one of several fields; a set member is written also when zero, the last one read wins whole. */
export function oneof<const M extends Readonly<Record<string, OneofMember<unknown>>>>(
  members: M,
): Field<OneofValue<M>> {
  const byCase = new Map(Object.entries(members));
  const byNumber = new Map([...byCase].map(([name, member]) => [member.number, { name, type: member.type }]));
  return {
    numbers: [...byNumber.keys()],
    initial: () => undefined,
    write(writer, value) {
      if (value === undefined) return;
      const chosen = value as { case: string; value: unknown };
      const member = byCase.get(chosen.case);
      if (member === undefined) throw new RangeError(`unknown member ${chosen.case}`);
      member.type.write(writer, chosen.value);
      writer.tag(member.number, member.type.wireType);
    },
    read(reader) {
      const member = byNumber.get(reader.fieldNumber);
      if (member === undefined) throw new RangeError(`unknown member ${reader.fieldNumber}`);
      reader.setField(member.name);
      reader.expect(member.type.wireType);
      return { case: member.name, value: member.type.read(reader) } as OneofValue<M>;
    },
  };
}
