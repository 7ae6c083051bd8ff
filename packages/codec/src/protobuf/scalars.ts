import { single, type Field, type ValueType } from "./field.ts";
import { WireType } from "./reader.ts";

const zeroNumber = (): number => 0;
const zeroBigint = (): bigint => 0n;
const emptyText = (): string => "";
const noBytes = new Uint8Array(0);

const uint32Type: ValueType<number> = {
  wireType: WireType.varint,
  initial: zeroNumber,
  isZero: (value) => value === 0,
  write: (writer, value) => writer.varint(value),
  read: (reader) => reader.uint32(),
};

const int32Type: ValueType<number> = {
  ...uint32Type,
  write: (writer, value) => writer.signed(value),
  read: (reader) => reader.int32(),
};

const int64NumberType: ValueType<number> = { ...int32Type, read: (reader) => reader.int64Number() };

const uint64NumberType: ValueType<number> = { ...uint32Type, read: (reader) => reader.uint64Number() };

const uint64Type: ValueType<bigint> = {
  wireType: WireType.varint,
  initial: zeroBigint,
  isZero: (value) => value === 0n,
  write: (writer, value) => writer.varint64(value),
  read: (reader) => reader.uint64(),
};

const int64Type: ValueType<bigint> = { ...uint64Type, read: (reader) => reader.int64() };

const sfixed64Type: ValueType<bigint> = {
  ...uint64Type,
  wireType: WireType.fixed64,
  write: (writer, value) => writer.sfixed64(value),
  read: (reader) => reader.sfixed64(),
};

const boolType: ValueType<boolean> = {
  wireType: WireType.varint,
  initial: () => false,
  isZero: (value) => !value,
  write: (writer, value) => writer.varint(value ? 1 : 0),
  read: (reader) => reader.bool(),
};

/** A byte of an enumeration: the reference keeps the low eight bits of what it reads. */
const enumByteType: ValueType<number> = { ...uint32Type, read: (reader) => reader.uint32() & 0xff };

export const stringType: ValueType<string> = {
  wireType: WireType.bytes,
  initial: emptyText,
  isZero: (value) => value === "",
  write: (writer, value) => writer.text(value),
  read: (reader) => reader.text(),
};

/** Bytes; decoding copies them, encoding copies them into the output. */
export const bytesType: ValueType<Uint8Array> = {
  wireType: WireType.bytes,
  initial: () => noBytes,
  isZero: (value) => value.length === 0,
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(),
};

/** Bytes as lower-case hex text; `T` may brand it, no size is checked. */
export function hexType<T extends string>(): ValueType<T> {
  return {
    wireType: WireType.bytes,
    initial: () => "" as T,
    isZero: (value) => value === "",
    write: (writer, value) => writer.hex(value),
    read: (reader) => reader.hex() as T,
  };
}

export const uint32 = (number: number): Field<number> => single(number, uint32Type);
export const int32 = (number: number): Field<number> => single(number, int32Type);
export const uint64 = (number: number): Field<bigint> => single(number, uint64Type);
export const int64 = (number: number): Field<bigint> => single(number, int64Type);
export const sfixed64 = (number: number): Field<bigint> => single(number, sfixed64Type);
export const bool = (number: number): Field<boolean> => single(number, boolType);

/** An int64 that the protocol bounds; decoding refuses values outside ±(2^53 - 1). */
export const int64Number = (number: number): Field<number> => single(number, int64NumberType);

/** A uint64 that the protocol bounds; decoding refuses values from 2^53. */
export const uint64Number = (number: number): Field<number> => single(number, uint64NumberType);

/** An open enumeration: any int32 is kept. */
export const enumeration = int32;

/** An enumeration that the reference narrows to a byte after decoding (258 reads as 2). */
export const enumByte = (number: number): Field<number> => single(number, enumByteType);

/** Text; bytes that are not UTF-8 survive a round trip (see text.ts). */
export const string = (number: number): Field<string> => single(number, stringType);

export const bytes = (number: number): Field<Uint8Array> => single(number, bytesType);

/** Bytes that the program holds as lower-case hex text, of any length. */
export function hex<T extends string = string>(number: number): Field<T> {
  return single(number, hexType<T>());
}
