export * from "./beacon.ts";
export * from "./errors.ts";
