// Message schemas: a name and its properties. The same table gives the TypeScript type, the
// encoder and the decoder. Schemas cannot refer to themselves, so nesting is as deep as the
// table and needs no limit at run time.
import type { Field, ValueType } from "./field.ts";
import { ProtoReader, WireType } from "./reader.ts";
import { written, type ProtoWriter } from "./writer.ts";

type FieldValue<F> = F extends { readonly initial: () => infer T } ? T : never;

/** The value that a table of fields describes. */
export type MessageOf<F> = { readonly [K in keyof F]: FieldValue<F[K]> };

/** A declared message. */
export interface MessageSchema<T> {
  readonly name: string;
  /** A value with the given properties, all others as if absent from the wire. */
  create(init?: Partial<T>): T;
  encode(value: T): Uint8Array;
  /** Refuses with an error of module `codec/protobuf`; the result shares no memory with the input. */
  decode(input: Uint8Array): T;
  /** The message as a value of another one's field. */
  readonly type: ValueType<T>;
}

/** The value type of a schema: `type Header = Infer<typeof Header>`. */
export type Infer<S> = S extends MessageSchema<infer T> ? T : never;

interface Property {
  readonly name: string;
  readonly field: Field<unknown>;
}

class Message<T extends Record<string, unknown>> implements MessageSchema<T> {
  readonly name: string;
  readonly type: ValueType<T>;
  /** By lowest field number, which is the order of the wire. */
  readonly #properties: readonly Property[];
  readonly #byNumber: (Property | undefined)[] = [];
  /** Same properties in the same order for every value, so that all values share one shape. */
  readonly #blank: Record<string, unknown>;

  constructor(name: string, properties: readonly Property[]) {
    this.name = name;
    const lowest = (property: Property): number => Math.min(...property.field.numbers);
    this.#properties = properties.toSorted((a, b) => lowest(a) - lowest(b));
    for (const [i, { field }] of this.#properties.entries()) {
      const next = this.#properties[i + 1];
      if (next !== undefined && Math.max(...field.numbers) >= lowest(next)) {
        throw new RangeError(`${name}: field numbers overlap at ${next.name}`);
      }
    }
    this.#blank = Object.fromEntries(properties.map((property) => [property.name, undefined]));
    for (const property of properties) {
      for (const number of property.field.numbers) this.#byNumber[number] = property;
    }
    this.type = {
      wireType: WireType.bytes,
      initial: () => this.create(),
      isZero: () => false,
      write: (writer, value) => {
        const before = writer.size;
        this.#write(writer, value);
        writer.varint(writer.size - before);
      },
      read: (reader, previous) => {
        const outer = reader.enter();
        const value = this.#read(reader, previous);
        reader.leave(outer);
        return value;
      },
    };
  }

  create(init?: Partial<T>): T {
    return this.#complete({ ...this.#blank, ...init });
  }

  encode(value: T): Uint8Array {
    return written((writer) => this.#write(writer, value));
  }

  decode(input: Uint8Array): T {
    return this.#read(new ProtoReader(input, this.name), undefined);
  }

  #complete(draft: Record<string, unknown>): T {
    for (const { name, field } of this.#properties) if (draft[name] === undefined) draft[name] = field.initial();
    return draft as T;
  }

  #write(writer: ProtoWriter, value: T): void {
    for (let i = this.#properties.length - 1; i >= 0; i--) {
      const property = this.#properties[i];
      if (property) property.field.write(writer, value[property.name]);
    }
  }

  /** `previous` is a value this decoder made for an earlier occurrence of the same field. */
  #read(reader: ProtoReader, previous: T | undefined): T {
    const draft: Record<string, unknown> = { ...(previous ?? this.#blank) };
    while (reader.at < reader.end) {
      reader.tag();
      const property = this.#byNumber[reader.fieldNumber];
      if (property === undefined) {
        reader.skip();
        continue;
      }
      reader.setField(property.name);
      draft[property.name] = property.field.read(reader, draft[property.name]);
    }
    return this.#complete(draft);
  }
}

/** Declares a message; property names are the program's, numbers and kinds the wire's. */
export function message<const F extends Readonly<Record<string, Field<unknown>>>>(
  name: string,
  fields: F,
): MessageSchema<MessageOf<F>> {
  const properties = Object.entries(fields).map(([key, field]) => ({ name: key, field }));
  return new Message(name, properties);
}

/**
 * The same message, for fields whose values never change and are written again and again: the
 * bytes of a value are kept as long as the value is.
 */
export function kept<T extends object>(schema: MessageSchema<T>): MessageSchema<T> {
  /** With their length in front. */
  const known = new WeakMap<T, Uint8Array>();
  const type: ValueType<T> = {
    ...schema.type,
    write: (writer, value) => {
      const bytes = known.get(value);
      if (bytes !== undefined) return writer.raw(bytes);
      const before = writer.size;
      schema.type.write(writer, value);
      known.set(value, writer.writtenSince(before));
    },
  };
  return {
    name: schema.name,
    type,
    create: (init) => schema.create(init),
    encode: (value) => schema.encode(value),
    decode: (input) => schema.decode(input),
  };
}
