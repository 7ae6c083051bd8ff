export * from "./executor/batch-caution.ts";
export * from "./executor/committee-message.ts";
export * from "./executor/proposal-queue.ts";
export * from "./executor/round-events.ts";
export * from "./executor/round.ts";
export * from "./executor/scheduling.ts";
export * from "./registration/departure.ts";
export * from "./txpool/main-queue.ts";
