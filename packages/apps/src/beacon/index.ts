export * from "./app.ts";
export * as derivations from "./derivations.ts";
export * from "./keys.ts";
export * from "./proofs.ts";
export * from "./queries.ts";
export * from "./state.ts";
export * from "./time-source.ts";
