export * from "./errors.ts";
export * from "./fee.ts";
export * from "./gas.ts";
export * from "./methods.ts";
export * from "./proof.ts";
export * from "./transaction.ts";
