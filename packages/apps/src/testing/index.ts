// For tests of this and other packages; not part of the library.
export * from "./context.ts";
export * from "./network.ts";
export * from "./staking-invariants.ts";
export * from "./validators.ts";
