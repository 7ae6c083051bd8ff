// Messages around write logs: the storage backend (go/storage/api), the p2p protocols `diffsync`
// and `checkpointsync` (go/worker/storage/p2p; the legacy `storagesync` has the same ones) and the
// host protocol's tree access (go/runtime/host/protocol/types.go).
import { bool, bytes, enumeration, list, named, nullable, optional, struct, u16, u64 } from "@wadi/codec";
import type { TypeOf } from "@wadi/codec";
import { Hash, Namespace, storage } from "@wadi/types";
import { ChunkMetadata, Metadata } from "../checkpoint/metadata.ts";
import { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse, WriteLogEntries } from "./messages.ts";
import { RootSchema } from "./root-schema.ts";

/** The wire form of an `ApplyRequest`: to apply a write log to a root and check that it leads to another. */
export const ApplyMessage = struct("storage.ApplyRequest", {
  namespace: Namespace,
  rootType: storage.RootType,
  srcRound: u64,
  srcRoot: Hash,
  dstRound: u64,
  dstRoot: Hash,
  writelog: WriteLogEntries,
});
export type ApplyMessage = TypeOf<typeof ApplyMessage>;

/** Skip entries up to and including `offsetKey`, stop after `limit`. */
export const SyncOptions = struct("storage.SyncOptions", {
  offsetKey: bytes,
  limit: u64,
});
export type SyncOptions = TypeOf<typeof SyncOptions>;

/** gRPC: asks for a write log in pieces. */
export const GetDiffRequest = struct("storage.GetDiffRequest", {
  startRoot: RootSchema,
  endRoot: RootSchema,
  options: SyncOptions,
});
export type GetDiffRequest = TypeOf<typeof GetDiffRequest>;

/** gRPC: a piece of a write log. */
export const SyncChunk = struct("storage.SyncChunk", {
  final: bool,
  writelog: WriteLogEntries,
});
export type SyncChunk = TypeOf<typeof SyncChunk>;

/** p2p: asks for a write log as a whole. */
export const DiffSyncRequest = struct("diffsync.GetDiffRequest", {
  startRoot: RootSchema,
  endRoot: RootSchema,
});
export type DiffSyncRequest = TypeOf<typeof DiffSyncRequest>;

export const DiffSyncResponse = struct("diffsync.GetDiffResponse", { writeLog: optional(WriteLogEntries) });
export type DiffSyncResponse = TypeOf<typeof DiffSyncResponse>;

/** p2p: asks for the list of checkpoints in a format; only format 1 exists. */
export const CheckpointListRequest = struct("checkpointsync.GetCheckpointsRequest", { version: u16 });
export type CheckpointListRequest = TypeOf<typeof CheckpointListRequest>;

export const CheckpointListResponse = struct("checkpointsync.GetCheckpointsResponse", {
  checkpoints: optional(list(nullable(Metadata))),
});
export type CheckpointListResponse = TypeOf<typeof CheckpointListResponse>;

/** p2p: asks for the bytes of a chunk. */
export const CheckpointChunkRequest = ChunkMetadata;
export type CheckpointChunkRequest = ChunkMetadata;

export const CheckpointChunkResponse = struct("checkpointsync.GetCheckpointChunkResponse", {
  chunk: optional(bytes),
});
export type CheckpointChunkResponse = TypeOf<typeof CheckpointChunkResponse>;

/** Which tree a runtime asks its host for. */
export const hostStorageEndpoints = { runtime: 0, consensus: 1 } as const;

/** Host protocol: exactly one of the three requests is set. */
export const HostStorageSyncRequest = struct("HostStorageSyncRequest", {
  endpoint: optional(enumeration("HostStorageEndpoint", "u8", undefined)),
  syncGet: named("SyncGet", optional(nullable(GetRequest))),
  syncGetPrefixes: named("SyncGetPrefixes", optional(nullable(GetPrefixesRequest))),
  syncIterate: named("SyncIterate", optional(nullable(IterateRequest))),
});
export type HostStorageSyncRequest = TypeOf<typeof HostStorageSyncRequest>;

export const HostStorageSyncResponse = struct("HostStorageSyncResponse", {
  proofResponse: named("ProofResponse", optional(nullable(ProofResponse))),
});
export type HostStorageSyncResponse = TypeOf<typeof HostStorageSyncResponse>;

/** Major versions of the p2p protocols for storage. */
const storageProtocols = { diffsync: 1, checkpointsync: 1, storagesync: 2, storagepub: 2 } as const;
export type StorageProtocol = keyof typeof storageProtocols;

/** The libp2p protocol ID of a storage protocol for a runtime (namespace as hex). */
export function storageProtocolId(chainContext: string, protocol: StorageProtocol, namespace: string): string {
  return `/oasis/${chainContext}/${protocol}/${namespace}/${storageProtocols[protocol]}.0.0`;
}
