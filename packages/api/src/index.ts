export * from "./messages/component.ts";
export * from "./messages/control.ts";
export * from "./messages/peer-id.ts";
export * from "./messages/runtime-client.ts";
export * from "./messages/storage-worker.ts";
export * from "./services/applications.ts";
export * from "./services/node.ts";
export * from "./services/unserved.ts";
