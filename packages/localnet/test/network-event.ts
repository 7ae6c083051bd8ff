// What the process of a local network is told, and what it tells.

export interface ProcessOptions {
  /** Of this run; senders have it in their names. */
  readonly name: string;
  readonly clients: number;
  readonly provisioner: "sandboxed" | "unconfined";
  /** Where the bundle is unpacked. */
  readonly bundlesFolder: string;
  /** Tell how long turns of the event loop take. */
  readonly measure?: boolean;
}

export type NetworkEvent =
  | { readonly kind: "ready"; readonly socket: string; readonly runtimeId: string }
  /** Of the last second: the longest turn's processor time, and its time altogether. */
  | { readonly kind: "turns"; readonly cpuMs: number; readonly ms: number; readonly residentBytes: number }
  /** The node made no more blocks, by itself. */
  | { readonly kind: "stopped"; readonly reason: string }
  /** A client was told that its transaction is in a round. */
  | { readonly kind: "final" };
