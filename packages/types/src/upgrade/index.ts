export * from "./errors.ts";
export * from "./upgrade.ts";
export * from "./validate.ts";
