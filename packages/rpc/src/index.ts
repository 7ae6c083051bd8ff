export * from "./client.ts";
export { MAX_MESSAGE_BYTES } from "./messages.ts";
export type { CallContext } from "./server-call.ts";
export * from "./server.ts";
export * from "./service.ts";
export { ErrRpc, withStatus } from "./status.ts";
export { status as RpcStatus } from "@grpc/grpc-js";
