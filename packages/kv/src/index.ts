export * from "./errors.ts";
export * from "./kv-store.ts";
export * from "./lmdb-store.ts";
export * from "./memory-store.ts";
