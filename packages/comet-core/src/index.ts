export * from "./application.ts";
export * from "./genesis-state.ts";
export * from "./rounds/messages.ts";
export * from "./rounds/step.ts";
export * from "./rounds/timeouts.ts";
export * from "./rounds/types.ts";
export * from "./rounds/view.ts";
