export * from "./blocks.ts";
export * from "./errors.ts";
export * from "./kinds.ts";
export * from "./metadata.ts";
export * from "./status.ts";
