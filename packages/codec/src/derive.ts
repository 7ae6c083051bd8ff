// Schemas from other schemas: same wire form, other values, checks or JSON.
import type { JsonReader } from "./json-reader.ts";
import type { JsonWriter } from "./json-writer.ts";
import { DecodeError } from "./errors.ts";
import { defineSchema } from "./schema.ts";
import type { KeyText, Schema } from "./schema.ts";

/** Both directions of a change of values. `decode` may throw a WadiError to refuse a value. */
export interface Conversion<T, U> {
  readonly name?: string;
  decode(value: T): U;
  encode(value: U): T;
}

/** The same wire form with other values in memory. */
export function transform<T, U>(inner: Schema<T>, conversion: Conversion<T, U>): Schema<U> {
  const { keyText } = inner;
  let zero: { readonly value: U } | undefined;
  return defineSchema<U>({
    name: conversion.name ?? inner.name,
    shape: { kind: "transform", inner },
    plain: inner.plain,
    nilable: inner.nilable,
    zero: () => (zero ??= { value: conversion.decode(inner.zero()) }).value,
    isEmpty: (value) => inner.isEmpty(conversion.encode(value)),
    isEmptyJson: (value) => inner.isEmptyJson(conversion.encode(value)),
    encode: (writer, value) => inner.encode(writer, conversion.encode(value)),
    decode: (reader) => conversion.decode(inner.decode(reader)),
    toJson: (writer, value) => inner.toJson(writer, conversion.encode(value)),
    fromJson: (reader) => conversion.decode(inner.fromJson(reader)),
    keyText: keyText && {
      format: (value) => keyText.format(conversion.encode(value)),
      parse: (text) => conversion.decode(keyText.parse(text)),
    },
  });
}

/** The same schema with a further check of every value read; `check` says what is wrong. */
export function refine<T>(inner: Schema<T>, check: (value: T) => string | undefined): Schema<T> {
  const checked = (value: T): T => {
    const problem = check(value);
    if (problem !== undefined) throw new DecodeError(problem);
    return value;
  };
  return defineSchema<T>({
    ...inner,
    shape: { kind: "refine", inner },
    decode: (reader) => checked(inner.decode(reader)),
    fromJson: (reader) => checked(inner.fromJson(reader)),
    keyText: inner.keyText && {
      format: inner.keyText.format,
      parse: (text) => checked((inner.keyText as KeyText<T>).parse(text)),
    },
  });
}

/** What to replace of a JSON face. */
export interface JsonFace<T> {
  toJson?(writer: JsonWriter, value: T): void;
  fromJson?(reader: JsonReader): T;
  isEmptyJson?(value: T): boolean;
  readonly keyText?: KeyText<T>;
}

/** The same schema with another JSON face. */
export function withJson<T>(inner: Schema<T>, face: JsonFace<T>): Schema<T> {
  return defineSchema<T>({
    ...inner,
    shape: { kind: "withJson", inner },
    toJson: face.toJson ?? inner.toJson,
    fromJson: face.fromJson ?? inner.fromJson,
    isEmptyJson: face.isEmptyJson ?? inner.isEmptyJson,
    keyText: face.keyText ?? inner.keyText,
  });
}

/** The same schema with a text form: one string in JSON, and usable as a JSON key. */
export function withText<T>(inner: Schema<T>, text: KeyText<T>): Schema<T> {
  return defineSchema<T>({
    ...inner,
    shape: { kind: "withText", inner },
    toJson: (writer, value) => writer.string(text.format(value)),
    fromJson: (reader) => (reader.takeNull() ? inner.zero() : text.parse(reader.string(inner.name))),
    keyText: text,
  });
}

/** A schema that is not declared yet, for recursive types. */
export function lazy<T>(get: () => Schema<T>, name = "lazy"): Schema<T> {
  return defineSchema<T>({
    name,
    shape: {
      kind: "lazy",
      get inner() {
        return get();
      },
    },
    zero: () => get().zero(),
    isEmpty: (value) => get().isEmpty(value),
    isEmptyJson: (value) => get().isEmptyJson(value),
    encode: (writer, value) => get().encode(writer, value),
    decode: (reader) => get().decode(reader),
    toJson: (writer, value) => get().toJson(writer, value),
    fromJson: (reader) => get().fromJson(reader),
  });
}
