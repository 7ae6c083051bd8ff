import type { ProtoReader } from "./reader.ts";
import type { ProtoWriter } from "./writer.ts";

/**
 * How one property of a message is read and written. A property usually is one field number;
 * a oneof has several. `T` is the property's TypeScript type.
 */
export interface Field<T> {
  /** Field numbers this property answers to. */
  readonly numbers: readonly number[];
  /** The property of a message that does not carry the field. */
  readonly initial: () => T;
  /** Writes tag and value, or nothing where the reference omits it. Called in descending order. */
  write(writer: ProtoWriter, value: T): void;
  /**
   * Reads the value of the tag just read. `previous` is what an earlier occurrence in the same
   * message gave, undefined at the first; merging rules are the field's.
   */
  read(reader: ProtoReader, previous: T | undefined): T;
}

/** A value that can stand in a single field, in a repeated one and in a oneof. */
export interface ValueType<T> {
  readonly wireType: number;
  readonly initial: () => T;
  /** True if proto3 leaves the value out of a single field. */
  isZero(value: T): boolean;
  write(writer: ProtoWriter, value: T): void;
  /** `previous` is given only where an earlier occurrence is merged (messages). */
  read(reader: ProtoReader, previous?: T): T;
}

/** A field that is left out when its value is zero; the last occurrence wins. */
export function single<T>(number: number, type: ValueType<T>): Field<T> {
  return {
    numbers: [number],
    initial: type.initial,
    write(writer, value) {
      if (type.isZero(value)) return;
      type.write(writer, value);
      writer.tag(number, type.wireType);
    },
    read(reader) {
      reader.expect(type.wireType);
      return type.read(reader);
    },
  };
}
