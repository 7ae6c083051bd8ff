// For tests: a runtime's code in this process, without a connection.
export * from "./batch/handle.ts";
export type { BatchServices, HostInfo, LogLevel } from "./batch/services.ts";
export type { BlockingHost } from "./host.ts";
export { HostNodes } from "./state/host-nodes.ts";
