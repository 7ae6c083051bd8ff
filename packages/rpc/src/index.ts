export * from "./client.ts";
export * from "./server.ts";
export * from "./service.ts";
export { ErrRpc, withStatus } from "./status.ts";
export { status as RpcStatus } from "@grpc/grpc-js";
