export * from "./io.ts";
export * from "./log.ts";
export * from "./main.ts";
