export * from "./app.ts";
export * from "./incoming-messages.ts";
export * from "./keys.ts";
export * from "./liveness.ts";
export * from "./pool.ts";
export * as roothashQueries from "./queries.ts";
export * from "./runtime-block.ts";
export * from "./state.ts";
export * from "./transactions/executor-commit.ts";
