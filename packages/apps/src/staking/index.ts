// The face of the staking application for other packages.
export * from "./app.ts";
export * from "./auth.ts";
export { EpochSigning } from "./epoch-signing-schema.ts";
export { countSigners, eligibleEntities } from "./epoch-signing.ts";
export { beginBlock, endBlock } from "./block.ts";
export { blockFees, blockProposer } from "./block-memory.ts";
export { exportGenesis } from "./genesis.ts";
export { keys } from "./keys.ts";
export * from "./moves.ts";
export * from "./ports.ts";
export { stakingQueries } from "./queries.ts";
export { addAttenuatedReward, addRewards, transferFromCommonPool } from "./rewards.ts";
export * from "./share-pool.ts";
export * from "./stake-claims.ts";
export * from "./state.ts";
