export * from "./assert.ts";
export * from "./bytes.ts";
export * from "./civil-date.ts";
export * from "./errors.ts";
export * from "./heap.ts";
export * from "./lru.ts";
