export * from "./app.ts";
export * from "./keys.ts";
export * from "./queries.ts";
export * from "./state.ts";
export * from "./withdraw-policy.ts";
