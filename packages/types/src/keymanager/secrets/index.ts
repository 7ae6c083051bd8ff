export * from "./enclave-rpc.ts";
export * from "./errors.ts";
export * from "./policy.ts";
export * from "./secrets.ts";
export * from "./validate.ts";
