// Errors of go/storage/mkvs/checkpoint/checkpoint.go; the pairs cross p2p and gRPC.
import { registerError } from "@wadi/util";

const MODULE = "storage/mkvs/checkpoint";

export const ErrCheckpointNotFound = registerError(MODULE, 1, "checkpoint: not found");
export const ErrChunkNotFound = registerError(MODULE, 2, "checkpoint: chunk not found");
export const ErrRestoreAlreadyInProgress = registerError(MODULE, 3, "checkpoint: restore already in progress");
export const ErrNoRestoreInProgress = registerError(MODULE, 4, "checkpoint: no restore in progress");
export const ErrChunkAlreadyRestored = registerError(MODULE, 5, "checkpoint: chunk already restored");
/** The chunk is what the manifest says, but no proof for the root: manifest or sender is bad. */
export const ErrChunkProofVerificationFailed = registerError(MODULE, 6, "chunk: chunk proof verification failed");
/** The chunk is not what the manifest says; it may be fetched again from somebody else. */
export const ErrChunkCorrupted = registerError(MODULE, 7, "chunk: corrupted chunk");

// Local kinds, for what the reference reports without a code.
const LOCAL = "wadi/mkvs";

/** Input that is not a valid framed snappy stream, or holds more than allowed. */
export const ErrSnappyCorrupt = registerError(LOCAL, 40, "snappy: corrupt input");
/** Metadata that break the rules of `Metadata.Validate`. */
export const ErrInvalidMetadata = registerError(LOCAL, 41, "checkpoint: invalid metadata");
/** A checkpoint folder whose `meta` cannot be read. */
export const ErrCorruptedMetadata = registerError(LOCAL, 42, "checkpoint: corrupted checkpoint metadata");
/** A version that does not have the roots that its checkpoint should hold. */
export const ErrUnexpectedRoots = registerError(LOCAL, 43, "checkpointer: unexpected number of roots for version");
