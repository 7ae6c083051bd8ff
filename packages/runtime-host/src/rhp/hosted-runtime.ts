// A runtime component as those see it who use it: one supervised process, several versions of it, or
// several instances (go/runtime/host/host.go `Runtime`).
import type { RuntimeInfoResponse } from "@wadi/runtime-protocol";
import type { Namespace, node, Version } from "@wadi/types";
import type { RuntimeCaller } from "./runtime-caller.ts";

/** What happens to a hosted component, in order. */
export type RuntimeEvent =
  | { readonly type: "started"; readonly version: Version; readonly capabilityTee: node.CapabilityTEE | null }
  | { readonly type: "failedToStart"; readonly error: Error }
  /** With how its process ended, where it did so unasked. */
  | { readonly type: "stopped"; readonly reason?: string }
  /** The capability was renewed. */
  | { readonly type: "updated"; readonly version: Version; readonly capabilityTee: node.CapabilityTEE | null }
  /** The set of versions that are running has changed. */
  | { readonly type: "configUpdated" };

export interface AbortOptions {
  /** Restart in any case. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface HostedRuntime extends RuntimeCaller, AsyncDisposable {
  readonly runtimeId: Namespace;
  /** What the running instance says about itself; undefined while there is none. */
  readonly info: RuntimeInfoResponse | undefined;
  /** Of the process that runs, where it is one of this machine. */
  readonly pid?: number | undefined;
  /** Null without TEE and before the first attestation. */
  readonly capabilityTee: node.CapabilityTEE | null;
  /** Begins to keep it running. Any number of times. */
  start(): void;
  /** Ends what it is doing, by restarting it if it cannot do so itself. */
  abort(options?: AbortOptions): Promise<void>;
  /** Asks for a new attestation. */
  updateCapabilityTee(): void;
  /** Calls `listener` with every further event; returns what ends it. */
  watch(listener: (event: RuntimeEvent) => void): () => void;
  /** Stops it for good, with a last `stopped` event if it was running. */
  [Symbol.asyncDispose](): Promise<void>;
}
