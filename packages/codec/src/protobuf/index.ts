export * from "./composite.ts";
export * from "./delimited.ts";
export * from "./errors.ts";
export type { Field, ValueType } from "./field.ts";
export * from "./message.ts";
export { WireType, ProtoReader } from "./reader.ts";
export * from "./scalars.ts";
export * from "./times.ts";
export { ProtoWriter } from "./writer.ts";
