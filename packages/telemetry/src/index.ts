export * from "./fields.ts";
export * from "./json.ts";
export * from "./level.ts";
export * from "./logfmt.ts";
export * from "./logger.ts";
