export * from "./byte-list.ts";
export * from "./committee.ts";
export * from "./kinds.ts";
export * from "./parameters.ts";
export * from "./voting-power.ts";
