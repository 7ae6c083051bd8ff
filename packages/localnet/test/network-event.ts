// What the process of a local network is told, and what it tells.

export interface ProcessOptions {
  /** Of this run; senders have it in their names. */
  readonly name: string;
  readonly clients: number;
  /** Rounds from here on are told at the start. */
  readonly fromRound: number;
  /** Keys that must have been written. */
  readonly checkKeys: readonly string[];
  readonly provisioner: "sandboxed" | "unconfined";
  /** Where the bundle is unpacked. */
  readonly bundlesFolder: string;
  /** Tell how long turns of the event loop take. */
  readonly measure?: boolean;
  readonly logLevel?: "debug" | "info" | "warn" | "error";
}

export type NetworkEvent =
  | { readonly kind: "ready"; readonly height: number; readonly socket: string; readonly runtimeId: string }
  /** Of the last second: the longest turn's processor time, and its time altogether. */
  | { readonly kind: "turns"; readonly cpuMs: number; readonly ms: number; readonly residentBytes: number }
  | {
      readonly kind: "round";
      readonly round: number;
      readonly hash: string;
      readonly previousHash: string;
      readonly stateRoot: string;
      readonly transactions: readonly {
        readonly hash: string;
        /** What it gave, in hex. */
        readonly output: string;
      }[];
    }
  /** The node made no more blocks, by itself. */
  | { readonly kind: "stopped"; readonly reason: string }
  | { readonly kind: "value"; readonly key: string; readonly found: boolean }
  /** A client was told that its transaction is in this round. */
  | {
      readonly kind: "final";
      readonly key: string;
      readonly round: number;
      readonly hash: string;
      readonly output: string;
    };
