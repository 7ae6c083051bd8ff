export * from "./application.ts";
export * from "./genesis-state.ts";
