// A runtime's code in this process, without a connection: for tests and replays.
export * from "./batch/handle.ts";
export type { BatchServices, HostInfo, LogLevel } from "./batch/services.ts";
export type { BlockingHost } from "./host.ts";
export { HostNodes } from "./state/host-nodes.ts";
