export * from "./bits.ts";
export * from "./errors.ts";
export * from "./iterator.ts";
export * from "./key-value-tree.ts";
export * from "./local-backend.ts";
export * from "./node.ts";
export * from "./node-store.ts";
export * from "./overlay.ts";
export * from "./packed.ts";
export * from "./pace.ts";
export * from "./root.ts";
export * from "./steps.ts";
export * from "./tree.ts";
export * from "./tree-changes.ts";
export { lookup } from "./tree-edit.ts";
export * from "./write-log.ts";

export * from "./db/node-db.ts";
export { ChunkBatch } from "./db/restore.ts";

export * from "./sync/claimed-proof.ts";
export * from "./sync/database-syncer.ts";
export * from "./sync/errors.ts";
export * from "./sync/messages.ts";
export * from "./sync/proof.ts";
export * from "./sync/proof-builder.ts";
export * from "./sync/prove.ts";
export * from "./sync/read-syncer.ts";
export { RemoteNodeStore } from "./sync/remote-store.ts";
export * from "./sync/remote-tree.ts";
export * from "./sync/root-schema.ts";
export * from "./sync/storage-api.ts";

export * from "./checkpoint/checkpointer.ts";
export * from "./checkpoint/chunker.ts";
export * from "./checkpoint/database-trees.ts";
export * from "./checkpoint/errors.ts";
export * from "./checkpoint/file-store.ts";
export * from "./checkpoint/metadata.ts";
export * from "./checkpoint/restorer.ts";
export * from "./checkpoint/schedule.ts";
export * from "./checkpoint/snappy-decode.ts";
export * from "./checkpoint/snappy-encode.ts";
export * from "./checkpoint/snappy-writer.ts";

export * from "./io-tree.ts";
export * from "./io-tree-errors.ts";
