// What describes a checkpoint (go/storage/mkvs/checkpoint/metadata.go).
import { encodeCbor, list, nullable, optional, struct, u16, u64 } from "@wadi/codec";
import type { TypeOf } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { Hash, Namespace } from "@wadi/types";
import { WadiError } from "@wadi/util";
import { RootType, rootTypeName } from "../root.ts";
import { RootSchema } from "../sync/root-schema.ts";
import { ErrChunkNotFound, ErrInvalidMetadata } from "./errors.ts";

/** The only format of checkpoints. */
export const CHECKPOINT_VERSION = 1;

/** A checkpoint: its root and the digests of its chunks, by index. */
export const Metadata = struct("checkpoint.Metadata", {
  version: u16,
  root: RootSchema,
  chunks: list(Hash),
});
export type Metadata = TypeOf<typeof Metadata>;

/** One chunk of a checkpoint. */
export const ChunkMetadata = struct("checkpoint.ChunkMetadata", {
  version: u16,
  root: RootSchema,
  index: u64,
  digest: Hash,
});
export type ChunkMetadata = TypeOf<typeof ChunkMetadata>;

export const GetCheckpointsRequest = struct("checkpoint.GetCheckpointsRequest", {
  version: u16,
  namespace: Namespace,
  rootVersion: optional(nullable(u64)),
});
export type GetCheckpointsRequest = TypeOf<typeof GetCheckpointsRequest>;

/** Throws ErrInvalidMetadata. As in the reference, the format version is not looked at. */
export function validateMetadata({ root, chunks }: Metadata): void {
  if (root.type !== RootType.state && root.type !== RootType.io) {
    throw new WadiError(ErrInvalidMetadata, { context: `invalid root type: ${rootTypeName(root.type)}` });
  }
  if (chunks.length === 0) throw new WadiError(ErrInvalidMetadata, { context: "zero chunks" });
}

/** H(canonical CBOR): identifies the checkpoint everywhere. */
export function metadataHash(metadata: Metadata): Hash {
  return hashOf(encodeCbor(Metadata, metadata));
}

/** The description of a chunk; throws ErrChunkNotFound. */
export function chunkMetadata({ version, root, chunks }: Metadata, index: number): ChunkMetadata {
  const digest = chunks[index];
  if (digest === undefined) throw new WadiError(ErrChunkNotFound);
  return { version, root, index: BigInt(index), digest };
}
