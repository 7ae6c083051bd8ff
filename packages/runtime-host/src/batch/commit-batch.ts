// Storing what a batch wrote (go/worker/compute/executor/committee/node.go `proposeBatch`).
import { applyWriteLog, emptyRoot, ErrExpectedRootMismatch, RootType, type NodeDb } from "@wadi/mkvs";
import type { roothash } from "@wadi/types";
import { isError } from "@wadi/util";
import { writeLogOf } from "./batch-tree.ts";
import { refuseBatch } from "./errors.ts";
import type { VerifiedBatch } from "./verify-batch.ts";

/**
 * Adds both roots of the round to the database, not finalized: the I/O tree from an empty one, the
 * state from the previous block's. Call `db.sync()` before signing a commitment. Throws
 * ErrBatchRefused where the state log leads elsewhere, and what the database throws.
 */
export function commitBatch(db: NodeDb, previous: roothash.Header, batch: VerifiedBatch): void {
  const { namespace } = previous;
  const { response, round: version, ioRoot, stateRoot } = batch;
  const io = { namespace, version, type: RootType.io };
  const state = { namespace, type: RootType.state };
  try {
    applyWriteLog(db, {
      source: emptyRoot(namespace, version, RootType.io),
      destination: { ...io, hash: ioRoot },
      writeLog: writeLogOf(response.txInputWriteLog, response.batch.ioWriteLog),
    });
    applyWriteLog(db, {
      source: { ...state, version: previous.round, hash: previous.stateRoot },
      destination: { ...state, version, hash: stateRoot },
      writeLog: writeLogOf(response.batch.stateWriteLog),
    });
  } catch (e) {
    if (isError(e, ErrExpectedRootMismatch)) refuseBatch("state root is not that of the log", e);
    throw e;
  }
}
