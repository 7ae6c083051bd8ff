export * from "./actions.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./kinds.ts";
export * from "./parameters.ts";
