export * from "./brands.ts";
export * from "./errors.ts";
export * from "./hash.ts";
