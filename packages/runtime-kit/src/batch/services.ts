import type { Namespace } from "@wadi/types";
import type { BlockingHost } from "../host.ts";
import type { HostNodes } from "../state/host-nodes.ts";

/** What the host said about itself when the connection began. */
export interface HostInfo {
  readonly runtimeId: Namespace;
  readonly chainContext: string;
  readonly localConfig: ReadonlyMap<string, Uint8Array>;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface BatchServices {
  readonly info: HostInfo;
  readonly host: BlockingHost;
  readonly nodes: HostNodes;
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, string>>): void;
}
