// Messages of the other reactors: peer exchange 0x00, mempool 0x30, block sync 0x40, state sync
// 0x60 and 0x61. The evidence reactor (0x38) sends a bare EvidenceList.
import { proto } from "@wadi/codec";
import { BlockMessage } from "./blocks.ts";

const Empty = proto.message("Empty", {});

export const NetAddressMessage = proto.message("NetAddress", {
  id: proto.string(1),
  ip: proto.string(2),
  port: proto.uint32(3),
});
export type NetAddressMessage = proto.Infer<typeof NetAddressMessage>;

export const PexAddrs = proto.message("PexAddrs", { addrs: proto.repeated(1, NetAddressMessage) });

export const PexMessage = proto.message("Message", {
  sum: proto.oneof({ pexRequest: proto.memberMessage(1, Empty), pexAddrs: proto.memberMessage(2, PexAddrs) }),
});
export type PexMessage = proto.Infer<typeof PexMessage>;

export const Txs = proto.message("Txs", { txs: proto.repeatedBytes(1) });

export const MempoolMessage = proto.message("Message", {
  sum: proto.oneof({ txs: proto.memberMessage(1, Txs) }),
});
export type MempoolMessage = proto.Infer<typeof MempoolMessage>;

export const BlockRequest = proto.message("BlockRequest", { height: proto.int64Number(1) });
export const NoBlockResponse = proto.message("NoBlockResponse", { height: proto.int64Number(1) });
export const BlockResponse = proto.message("BlockResponse", { block: proto.optional(1, BlockMessage) });
export const StatusResponse = proto.message("StatusResponse", {
  height: proto.int64Number(1),
  base: proto.int64Number(2),
});

export const BlockSyncMessage = proto.message("Message", {
  sum: proto.oneof({
    blockRequest: proto.memberMessage(1, BlockRequest),
    noBlockResponse: proto.memberMessage(2, NoBlockResponse),
    blockResponse: proto.memberMessage(3, BlockResponse),
    statusRequest: proto.memberMessage(4, Empty),
    statusResponse: proto.memberMessage(5, StatusResponse),
  }),
});
export type BlockSyncMessage = proto.Infer<typeof BlockSyncMessage>;

export const SnapshotsResponse = proto.message("SnapshotsResponse", {
  height: proto.uint64Number(1),
  format: proto.uint32(2),
  chunks: proto.uint32(3),
  hash: proto.bytes(4),
  metadata: proto.bytes(5),
});
export type SnapshotsResponse = proto.Infer<typeof SnapshotsResponse>;

export const ChunkRequest = proto.message("ChunkRequest", {
  height: proto.uint64Number(1),
  format: proto.uint32(2),
  index: proto.uint32(3),
});
export type ChunkRequest = proto.Infer<typeof ChunkRequest>;

export const ChunkResponse = proto.message("ChunkResponse", {
  height: proto.uint64Number(1),
  format: proto.uint32(2),
  index: proto.uint32(3),
  chunk: proto.bytes(4),
  missing: proto.bool(5),
});
export type ChunkResponse = proto.Infer<typeof ChunkResponse>;

export const StateSyncMessage = proto.message("Message", {
  sum: proto.oneof({
    snapshotsRequest: proto.memberMessage(1, Empty),
    snapshotsResponse: proto.memberMessage(2, SnapshotsResponse),
    chunkRequest: proto.memberMessage(3, ChunkRequest),
    chunkResponse: proto.memberMessage(4, ChunkResponse),
  }),
});
export type StateSyncMessage = proto.Infer<typeof StateSyncMessage>;
