export * from "./bench.ts";
export * from "./ledger.ts";
export * from "./vectors.ts";
