export * from "./ledger.ts";
export * from "./vectors.ts";
