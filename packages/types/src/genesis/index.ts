export * from "./document.ts";
export * from "./genesis.ts";
