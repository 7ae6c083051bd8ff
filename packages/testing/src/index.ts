export * from "./bench.ts";
export * from "./fuzz/mutate.ts";
export * from "./ledger.ts";
export * from "./sim/dice.ts";
export * from "./sim/event-queue.ts";
export * from "./sim/trace.ts";
export * from "./turn-probe.ts";
export * from "./vectors.ts";
