// Enumerations: numbers in CBOR; in JSON names or numbers.
import { DecodeError, EncodeError } from "./errors.ts";
import { i64Number, u32, u8 } from "./integers.ts";
import { defineSchema } from "./schema.ts";
import type { KeyText, Schema } from "./schema.ts";

export interface EnumerationOptions {
  /** Values whose names are written but not read. */
  readonly writeOnly?: readonly number[];
  /** Text of a value without name; without this such a value has no JSON form. */
  readonly unknown?: (value: number) => string;
}

const bases = { u8, u32, int: i64Number } as const;

function namesText(
  name: string,
  names: Readonly<Record<number, string>>,
  options: EnumerationOptions,
): KeyText<number> {
  const byValue = new Map<number, string>();
  const byName = new Map<string, number>();
  for (const [key, text] of Object.entries(names)) {
    const value = Number(key);
    byValue.set(value, text);
    if (!options.writeOnly?.includes(value)) byName.set(text, value);
  }
  return {
    format: (value) => {
      const text = byValue.get(value) ?? options.unknown?.(value);
      if (text === undefined) throw new EncodeError(`${name} ${value} has no name`);
      return text;
    },
    parse: (text) => {
      const value = byName.get(text);
      if (value === undefined) throw new DecodeError(`invalid ${name}: ${JSON.stringify(text.slice(0, 64))}`);
      return value;
    },
  };
}

/**
 * A closed set of numbers on a Go integer type. Reading CBOR does not check membership, as Go does
 * not. With `names` JSON holds names, without it numbers.
 */
export function enumeration<E extends number = number>(
  name: string,
  base: "u8" | "u32" | "int",
  names: Readonly<Record<number, string>> | undefined,
  options: EnumerationOptions = {},
): Schema<E> {
  const unbranded: Schema<number> = bases[base];
  const number = unbranded as Schema<E>;
  const keyText = names === undefined ? number.keyText : (namesText(name, names, options) as KeyText<E>);
  return defineSchema<E>({
    name,
    shape: { kind: "enumeration", base, names },
    plain: true,
    zero: number.zero,
    isEmpty: (value) => number.isEmpty(value),
    isEmptyJson: (value) => number.isEmptyJson(value),
    encode: (writer, value) => number.encode(writer, value),
    decode: (reader) => number.decode(reader),
    toJson: (writer, value) => {
      if (names === undefined || keyText === undefined) number.toJson(writer, value);
      else writer.string(keyText.format(value));
    },
    fromJson: (reader) => {
      if (names === undefined || keyText === undefined) return number.fromJson(reader);
      return reader.takeNull() ? number.zero() : keyText.parse(reader.string(name));
    },
    keyText,
    keyOrder: number.keyOrder,
  });
}
