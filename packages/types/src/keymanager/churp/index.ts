export * from "./errors.ts";
export * from "./policy.ts";
export * from "./requests.ts";
export * from "./stake-claims.ts";
export * from "./validate.ts";
