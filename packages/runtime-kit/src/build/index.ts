export * from "./errors.ts";
export * from "./executable.ts";
export * from "./scripts.ts";
