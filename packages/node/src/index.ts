export * from "./errors.ts";
export * from "./hosted-runtime.ts";
export * from "./node.ts";
export * from "./services/applications.ts";
export * from "./services/consensus.ts";
export * from "./services/control.ts";
export * from "./services/live.ts";
export * from "./services/runtime-client.ts";
