import assert from "node:assert/strict";
import { decodeCbor, encodeCbor, named, optional, nullable, struct } from "@wadi/codec";
import type { Schema } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import {
  ApplyMessage,
  CheckpointChunkRequest,
  CheckpointChunkResponse,
  CheckpointListRequest,
  CheckpointListResponse,
  ChunkMetadata,
  DiffSyncRequest,
  DiffSyncResponse,
  GetCheckpointsRequest,
  GetDiffRequest,
  GetPrefixesRequest,
  GetRequest,
  HostStorageSyncRequest,
  HostStorageSyncResponse,
  IterateRequest,
  Metadata,
  Proof,
  ProofResponse,
  RootSchema,
  SyncChunk,
  WriteLogEntries,
  encodedRootHash,
  metadataHash,
  storageProtocolId,
  typedHash,
} from "@wadi/mkvs";
import type { Root, StorageProtocol } from "@wadi/mkvs";
import { fromHex, must, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Message {
  readonly name: string;
  readonly cbor: string;
  readonly fields: Readonly<Record<string, unknown>> | null;
}
interface File {
  readonly messages: readonly Message[];
  readonly protocol_ids: readonly string[];
  readonly root_encoded_hash: string;
  readonly typed_hash_io: string;
}

// The host protocol's message body, as far as storage needs it.
const HostBody = struct("Body", {
  request: named("HostStorageSyncRequest", optional(nullable(HostStorageSyncRequest))),
  response: named("HostStorageSyncResponse", optional(nullable(HostStorageSyncResponse))),
});

interface RoundTrip {
  readonly decoded: unknown;
  readonly encoded: Uint8Array;
}

function through<T>(schema: Schema<T>): (cbor: Uint8Array) => RoundTrip {
  return (cbor) => {
    const decoded = decodeCbor(schema, cbor);
    return { decoded, encoded: encodeCbor(schema, decoded) };
  };
}

/** By the beginning of the case's name, longer ones first. */
const schemas: readonly (readonly [string, (cbor: Uint8Array) => RoundTrip])[] = [
  ["GetRequest", through(GetRequest)],
  ["GetPrefixesRequest", through(GetPrefixesRequest)],
  ["IterateRequest", through(IterateRequest)],
  ["Root", through(RootSchema)],
  ["WriteLog", through(WriteLogEntries)],
  ["ProofResponse", through(ProofResponse)],
  ["Proof", through(Proof)],
  ["ApplyRequest", through(ApplyMessage)],
  ["GetDiffRequest (gRPC)", through(GetDiffRequest)],
  ["SyncChunk (gRPC)", through(SyncChunk)],
  ["checkpoint.GetCheckpointsRequest", through(GetCheckpointsRequest)],
  ["checkpoint.Metadata", through(Metadata)],
  ["checkpoint.ChunkMetadata", through(ChunkMetadata)],
  ["p2p diffsync GetDiffRequest", through(DiffSyncRequest)],
  ["p2p diffsync GetDiffResponse", through(DiffSyncResponse)],
  ["p2p checkpointsync GetCheckpointsRequest", through(CheckpointListRequest)],
  ["p2p checkpointsync GetCheckpointsResponse", through(CheckpointListResponse)],
  ["p2p checkpointsync GetCheckpointChunkRequest", through(CheckpointChunkRequest)],
  ["p2p checkpointsync GetCheckpointChunkResponse", through(CheckpointChunkResponse)],
  ["RHP Body", through(HostBody)],
];

/** A decoded value in the form in which the file lists fields. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const renamed: Record<string, string> = { namespace: "ns", type: "root_type" };
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [renamed[k] ?? k, plain(v)]));
}

function checkFields(decoded: unknown, fields: Readonly<Record<string, unknown>>): void {
  const actual = plain(decoded) as Record<string, unknown>;
  for (const [key, expected] of Object.entries(fields)) {
    if (key === "encoded_hash") assert.equal(metadataHash(decoded as Metadata), expected);
    else assert.deepEqual(actual[key], expected, key);
  }
}

function runMessage({ name, cbor, fields }: Message): void {
  const [, roundTrip] = must(
    schemas.find(([prefix]) => name.startsWith(prefix)),
    `no schema for ${name}`,
  );
  const { decoded, encoded } = roundTrip(fromHex(cbor));
  if (name === "GetRequest nil key") {
    // Go callers send a nil key as null; we send the empty key, which means the same.
    assert.deepEqual(roundTrip(encoded).decoded, decoded);
    assert.equal((decoded as GetRequest).key.length, 0);
  } else {
    assert.equal(toHex(encoded), cbor);
  }
  if (fields !== null) checkFields(decoded, fields);
}

/** Messages of the read syncer, checkpoints, p2p, gRPC and the host protocol. */
export const suite: Suite = {
  file: "mkvs/messages-cbor",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/messages-cbor");
    if (!file) return;
    for (const message of file.messages) r.case(message.name, () => runMessage(message));
    const first = must(file.messages[0]);
    const root = decodeCbor(RootSchema, fromHex(first.cbor));
    r.case("root encoded hash", () => {
      assert.equal(encodedRootHash(root), file.root_encoded_hash);
      assert.equal(hashOf(fromHex(first.cbor)), file.root_encoded_hash);
    });
    r.case("typed hash of an I/O root", () => {
      const ioRoot: Root = { ...root, type: 2 };
      assert.equal(toHex(typedHash(ioRoot)), file.typed_hash_io);
    });
    for (const id of file.protocol_ids) {
      r.case(`protocol ID ${id}`, () => {
        const name = must(id.split("/")[3]) as StorageProtocol;
        assert.equal(storageProtocolId("CHAINCONTEXT", name, root.namespace), id);
      });
    }
  },
};
