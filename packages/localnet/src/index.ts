export * from "./genesis.ts";
export * from "./localnet.ts";
