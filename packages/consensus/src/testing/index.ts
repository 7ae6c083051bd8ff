// For tests of this and other packages; not part of the library.
export * from "./double-vote.ts";
export * from "./identity.ts";
export * from "./network-genesis.ts";
export * from "./test-chain.ts";
export * from "./memory-network.ts";
export * from "./signature-ledger.ts";
