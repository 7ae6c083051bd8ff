export * from "./component.ts";
export * from "./duration.ts";
export * from "./errors.ts";
export * from "./load.ts";
export { keyOf, type FreeForm, type Option, type OptionTable } from "./option.ts";
export * from "./size.ts";
export * from "./substitute.ts";
export * from "./table.ts";
export { validateConfig } from "./validate.ts";
