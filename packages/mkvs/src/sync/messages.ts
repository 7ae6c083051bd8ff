// Messages of the read syncer (go/storage/mkvs/syncer/syncer.go): gRPC, p2p and the host protocol
// all carry them.
import { arrayStruct, bool, bytes, list, nullable, optional, struct, u16, withJson } from "@wadi/codec";
import type { TypeOf } from "@wadi/codec";
import { Hash } from "@wadi/types";
import { RootSchema } from "./root-schema.ts";

/** A tree and where in it the asker stands, so that a proof may begin there. */
export const TreeId = struct("storage.TreeID", {
  root: RootSchema,
  position: Hash,
});
export type TreeId = TypeOf<typeof TreeId>;

/** For the proof of one key's value or absence. Go sends an empty key as null, Rust as empty bytes. */
export const GetRequest = struct("storage.GetRequest", {
  tree: TreeId,
  key: bytes,
  includeSiblings: optional(bool),
  proofVersion: optional(u16),
});
export type GetRequest = TypeOf<typeof GetRequest>;

/** For all keys below some prefixes, at most `limit` of them. */
export const GetPrefixesRequest = struct("storage.GetPrefixesRequest", {
  tree: TreeId,
  prefixes: list(bytes),
  limit: u16,
  proofVersion: optional(u16),
});
export type GetPrefixesRequest = TypeOf<typeof GetPrefixesRequest>;

/** For the first item at or after `key` and `prefetch` more. */
export const IterateRequest = struct("storage.IterateRequest", {
  tree: TreeId,
  key: bytes,
  prefetch: u16,
  proofVersion: optional(u16),
});
export type IterateRequest = TypeOf<typeof IterateRequest>;

/** `untrustedRoot` only says which root to check the proof against; see `verifyProof`. */
export const Proof = struct("storage.Proof", {
  v: optional(u16),
  untrustedRoot: Hash,
  entries: list(nullable(bytes)),
});
export type Proof = TypeOf<typeof Proof>;

export const ProofResponse = struct("storage.ProofResponse", { proof: Proof });
export type ProofResponse = TypeOf<typeof ProofResponse>;

const JsonPair = list(nullable(bytes));

/** A changed key; the value null deletes it. An array of two in CBOR and in JSON. */
export const LogEntry = withJson(arrayStruct("storage.LogEntry", { key: bytes, value: nullable(bytes) }), {
  toJson: (writer, { key, value }) => JsonPair.toJson(writer, [key, value]),
  fromJson: (reader) => {
    const [key, value] = JsonPair.fromJson(reader);
    return { key: key ?? new Uint8Array(0), value: value ?? null };
  },
});
export type LogEntry = TypeOf<typeof LogEntry>;

/** The wire form of a `WriteLog`. */
export const WriteLogEntries = list(LogEntry);
export type WriteLogEntries = TypeOf<typeof WriteLogEntries>;
