export * from "./genesis-state.ts";
