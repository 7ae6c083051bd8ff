export * from "./errors.ts";
export * from "./events.ts";
export * from "./kinds.ts";
export * from "./parameter-changes.ts";
export * from "./parameters.ts";
export * from "./proposals.ts";
export * from "./validate.ts";
export * from "./verify/pending-upgrades.ts";
