// Storing what a batch wrote (go/worker/compute/executor/committee/node.go `proposeBatch`).
import {
  applyWriteLogSteps,
  ErrExpectedRootMismatch,
  LONG_STEP,
  RootType,
  runInSlices,
  runToEnd,
  type NodeDb,
  type PaceOptions,
  type Steps,
} from "@wadi/mkvs";
import type { roothash } from "@wadi/types";
import { assert, isError } from "@wadi/util";
import { writeLogOf } from "./batch-tree.ts";
import { refuseBatch } from "./errors.ts";
import type { VerifiedBatch } from "./verify-batch.ts";

/**
 * Adds both roots of the round to the database, not finalized: the I/O tree from an empty one, the
 * state from the previous block's. The batch must have been verified for this database. Call `db.sync()` before signing a commitment. Throws
 * ErrBatchRefused where the state log leads elsewhere, and what the database throws.
 */
export function commitBatch(db: NodeDb, previous: roothash.Header, batch: VerifiedBatch): void {
  runToEnd(commitSteps(db, previous, batch));
}

/**
 * `commitBatch` in slices: each tree is written in one go. Rejects as that throws, and with the reason
 * of the signal; the I/O root may be there then, without effect.
 */
export function commitBatchInSlices(
  db: NodeDb,
  previous: roothash.Header,
  batch: VerifiedBatch,
  pace?: PaceOptions,
): Promise<void> {
  return runInSlices(commitSteps(db, previous, batch), pace);
}

function* commitSteps(db: NodeDb, previous: roothash.Header, batch: VerifiedBatch): Steps<void> {
  const { namespace } = previous;
  const { response, round: version, ioRoot, ioTree, stateRoot } = batch;
  assert(ioTree.store === db, "the batch was verified for another database");
  const io = { namespace, version, type: RootType.io, hash: ioRoot };
  const state = { namespace, type: RootType.state };
  try {
    yield LONG_STEP;
    if (!db.hasRoot(io)) ioTree.commitKnown(io);
    yield LONG_STEP;
    yield* applyWriteLogSteps(db, {
      source: { ...state, version: previous.round, hash: previous.stateRoot },
      destination: { ...state, version, hash: stateRoot },
      writeLog: writeLogOf(response.batch.stateWriteLog),
    });
  } catch (e) {
    if (isError(e, ErrExpectedRootMismatch)) refuseBatch("state root is not that of the log", e);
    throw e;
  }
}
