// The face of the registry for other packages.
export * from "./app.ts";
export { beginBlock } from "./block.ts";
export { exportGenesis } from "./genesis.ts";
export { keys } from "./keys.ts";
export * as nodeFaults from "./node-status.ts";
export * as registryQueries from "./queries.ts";
export * from "./state.ts";
export * from "./validator-nodes.ts";
