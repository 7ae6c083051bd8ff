// For tests of this and other packages; not part of the library.
export * from "./double-vote.ts";
export * from "./identity.ts";
export * from "./network-genesis.ts";
export * from "./test-chain.ts";
export * from "./memory-network.ts";
export * from "./signature-ledger.ts";
export * from "./followed-chain.ts";
export * from "./kill-moments.ts";
export * from "./kill-soak.ts";
export * from "./killed-process.ts";
