// What others ask about the key manager at some height.
export { exportGenesis as genesis } from "./genesis.ts";
export * as churp from "./churp/queries.ts";
export * as secrets from "./secrets/queries.ts";
