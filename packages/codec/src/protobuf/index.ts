export * from "./composite.ts";
export * from "./delimited.ts";
export * from "./errors.ts";
export type { Field, ValueType } from "./field.ts";
export * from "./message.ts";
export * from "./scalars.ts";
export { bytesFromText, textFromBytes } from "./text.ts";
export * from "./times.ts";
