export * from "./handler.ts";
export * from "./handlers.ts";
export * from "./upgrade-manager.ts";
export * from "./upgrade-store.ts";
