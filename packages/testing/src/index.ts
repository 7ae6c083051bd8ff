export * from "./bench.ts";
export * from "./fuzz/mutate.ts";
export * from "./ledger.ts";
export * from "./vectors.ts";
