export * from "./errors.ts";
export * from "./genesis.ts";
export * from "./node-application.ts";
export * from "./submission/awaited-transactions.ts";
export * from "./submission/backoff.ts";
export * from "./submission/fee.ts";
export * from "./submission/own-transactions.ts";
export * from "./vrf/vrf-duty.ts";
