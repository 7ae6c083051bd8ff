export * from "./engine-config.ts";
export * from "./errors.ts";
export * from "./genesis.ts";
export * from "./node-application.ts";

export * from "./submission/awaited-transactions.ts";
export * from "./submission/backoff.ts";
export * from "./submission/fee.ts";
export * from "./submission/own-transactions.ts";

export * from "./vrf/vrf-duty.ts";
export * from "./vrf/vrf-worker.ts";

export * from "./node/application-host.ts";
export * from "./node/data-dir.ts";
export * from "./node/upkeep-service.ts";
export * from "./node/validator-node.ts";

export * from "./export/chain-reader.ts";
export * from "./export/recorded-chain.ts";

export * from "./backend/backend-of.ts";
export * from "./backend/consensus-backend.ts";
export * from "./backend/service-events.ts";
