// Applying write logs to a database (go/storage/api, go/storage/database): what a storage node
// does with diffs from its peers and an executor with the results of a batch.
import { WadiError, isError } from "@wadi/util";
import type { NodeDb } from "./db/node-db.ts";
import { ErrExpectedRootMismatch, ErrKnownRootMismatch, ErrReadOnly, ErrRootMustFollowOld, fail } from "./errors.ts";
import { follows } from "./root.ts";
import type { Root } from "./root.ts";
import { LONG_STEP, runToEnd, type Steps } from "./steps.ts";
import { Tree } from "./tree.ts";
import type { WriteLog } from "./write-log.ts";

export interface RootUpdate {
  /** Type, namespace, version and hash of both must fit: `destination` follows `source`. */
  readonly source: Root;
  readonly destination: Root;
  readonly writeLog: WriteLog;
}

/**
 * Commits `source` with the log applied as `destination`, which is not finalized. A destination
 * that is known succeeds without work.
 *
 * Throws ErrReadOnly, ErrRootMustFollowOld, ErrExpectedRootMismatch if the log leads elsewhere,
 * and what a commit throws; then nothing is stored.
 */
export function applyWriteLog(db: NodeDb, update: RootUpdate): void {
  runToEnd(applyWriteLogSteps(db, update));
}

/** `applyWriteLog` in steps; the last one commits. */
export function* applyWriteLogSteps(db: NodeDb, { source, destination, writeLog }: RootUpdate): Steps<void> {
  if (db.readOnly) fail(ErrReadOnly);
  if (!follows(destination, source)) fail(ErrRootMustFollowOld);
  if (db.hasRoot(destination)) return;
  const tree = new Tree(db, source);
  try {
    yield* tree.applyWriteLogSteps(writeLog);
    yield* tree.hashSteps();
    yield LONG_STEP;
    tree.commitKnown(destination);
  } catch (e) {
    if (isError(e, ErrKnownRootMismatch)) throw new WadiError(ErrExpectedRootMismatch, { cause: e });
    throw e;
  } finally {
    tree.close();
  }
}
