// Error kinds of the tree and its database. The pairs (module, code) of the database travel over
// gRPC, p2p and the host protocol (go/storage/mkvs/db/api/api.go, go/storage/api/api.go). What the
// reference reports as a plain error without a code has a kind of the module `wadi/mkvs` here, so
// that callers can still test for it; its text is the reference's where that has one.
import { WadiError, registerError } from "@wadi/util";
import type { ErrorKind } from "@wadi/util";
import { packedToHex } from "./packed.ts";
import type { Packed } from "./packed.ts";

const DB = "storage/mkvs/db";
const STORAGE = "storage";
const LOCAL = "wadi/mkvs";

export const ErrNodeNotFound = registerError(DB, 1, "mkvs: node not found in node db");
export const ErrWriteLogNotFound = registerError(DB, 2, "mkvs: write log not found in node db");
export const ErrNotFinalized = registerError(DB, 3, "mkvs: version is not yet finalized");
export const ErrAlreadyFinalized = registerError(DB, 4, "mkvs: version has already been finalized");
export const ErrVersionNotFound = registerError(DB, 5, "mkvs: version not found");
export const ErrPreviousVersionMismatch = registerError(DB, 6, "mkvs: previous version mismatch");
export const ErrVersionWentBackwards = registerError(DB, 7, "mkvs: version went backwards");
export const ErrRootNotFound = registerError(DB, 8, "mkvs: root not found");
export const ErrRootMustFollowOld = registerError(DB, 9, "mkvs: root must follow old root");
export const ErrBadNamespace = registerError(DB, 10, "mkvs: bad namespace");
export const ErrNotEarliest = registerError(DB, 11, "mkvs: version is not the earliest version");
export const ErrReadOnly = registerError(DB, 12, "mkvs: read-only database");
export const ErrMultipartInProgress = registerError(DB, 13, "mkvs: multipart already in progress");
export const ErrInvalidMultipartVersion = registerError(
  DB,
  14,
  "mkvs: operation called with different version than current multipart version",
);
export const ErrUpgradeInProgress = registerError(DB, 15, "mkvs: database upgrade in progress");
export const ErrCannotPruneLatestVersion = registerError(DB, 16, "mkvs: cannot prune latest version");

export const ErrCantProve = registerError(STORAGE, 1, "storage: unable to provide proofs");
export const ErrNoRoots = registerError(STORAGE, 2, "storage: no roots to generate receipt for");
export const ErrExpectedRootMismatch = registerError(STORAGE, 3, "storage: expected root mismatch");
export const ErrUnsupported = registerError(STORAGE, 4, "storage: method not supported by backend");
export const ErrLimitReached = registerError(STORAGE, 5, "storage: limit reached");

export const ErrTreeClosed = registerError(LOCAL, 1, "mkvs: tree is closed");
export const ErrKnownRootMismatch = registerError(LOCAL, 2, "mkvs: known root mismatch");
export const ErrDirtyRoot = registerError(LOCAL, 3, "mkvs: root is dirty");
export const ErrInvalidRoot = registerError(LOCAL, 4, "mkvs: invalid root");
export const ErrUnsupportedProofVersion = registerError(LOCAL, 6, "mkvs: unsupported proof version");
export const ErrMalformedNode = registerError(LOCAL, 7, "mkvs: malformed node");
export const ErrMalformedKey = registerError(LOCAL, 8, "mkvs: malformed key");
/** A key of 8192 bytes or more, whose bit length would not fit its 16-bit field. */
export const ErrKeyTooLong = registerError(LOCAL, 9, "mkvs: key too long");
/** A node that is neither in memory nor in the store at hand; see `MissingNodeError`. */
export const ErrMissingNode = registerError(LOCAL, 10, "mkvs: missing node");
/** A restore whose chunks do not cover the whole tree. */
export const ErrIncompleteRestore = registerError(LOCAL, 11, "mkvs: restored chunks do not cover the tree");
/** A database written by another program, version or for another namespace. */
export const ErrIncompatibleDatabase = registerError(LOCAL, 12, "mkvs: incompatible database");
/** A database operation that its rules refuse and the reference reports without a code. */
export const ErrRefused = registerError(LOCAL, 13, "mkvs: operation refused");

/** Throws an error of the kind. */
export function fail(kind: ErrorKind, context?: string): never {
  throw new WadiError(kind, context === undefined ? {} : { context });
}

/**
 * Thrown by a synchronous operation that came to a node which the store does not hold. The tree
 * is unchanged: fetch the node (for instance with a proof at `hash`) and run the operation again.
 */
export class MissingNodeError extends WadiError {
  override readonly name: string = "MissingNodeError";
  /** Hash of the missing node, packed. */
  readonly hash: Packed;
  /** The key that an iterator was looking for when it came to the node. */
  searchKey: Packed | undefined;

  constructor(hash: Packed) {
    super(ErrMissingNode, { context: packedToHex(hash) });
    this.hash = hash;
  }
}
