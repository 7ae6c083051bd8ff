export * from "./address.ts";
export * from "./info.ts";
export * from "./ip.ts";
export * from "./node.ts";
export * from "./roles.ts";
export * from "./sgx.ts";
export * from "./tee.ts";
