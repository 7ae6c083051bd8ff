export * from "./directory-lock.ts";
export { makeFolder } from "./durable-files.ts";
export * from "./engine.ts";
export * from "./errors.ts";
export * from "./memory-transport.ts";
export * from "./sign-state-file.ts";
export * from "./storage.ts";
export * from "./transport.ts";
export * from "./wal-directory.ts";
