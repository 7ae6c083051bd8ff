import assert from "node:assert/strict";
import { decodeCbor } from "@wadi/codec";
import {
  ErrChunkAlreadyRestored,
  ErrChunkCorrupted,
  ErrChunkProofVerificationFailed,
  ErrIncompleteRestore,
  ErrNoRestoreInProgress,
  ErrRestoreAlreadyInProgress,
  Metadata,
  Restorer,
  Tree,
  openNodeDb,
} from "@wadi/mkvs";
import type { NodeDb, Root, RootType } from "@wadi/mkvs";
import { fromBase64, isError, must } from "@wadi/util";
import type { ErrorKind } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface Step {
  readonly note: string;
  readonly result: string;
  readonly start_restore?: string;
  readonly chunk?: string;
  readonly index?: number;
  readonly done?: boolean;
  readonly restore_still_running?: boolean;
}
interface File {
  readonly root: {
    readonly hash: string;
    readonly namespace: string;
    readonly root_type: number;
    readonly version: number;
  };
  readonly steps: readonly Step[];
  readonly incomplete_manifest: {
    readonly chunks: readonly string[];
    readonly metadata: string;
    readonly go_done: boolean;
    readonly go_iterated: number;
    readonly total_keys: number;
  };
}

const KINDS: Readonly<Record<string, ErrorKind>> = {
  ErrNoRestoreInProgress,
  ErrChunkAlreadyRestored,
  ErrChunkCorrupted,
  ErrChunkProofVerificationFailed,
  "checkpoint: restore already in progress": ErrRestoreAlreadyInProgress,
};

function expectResult(result: string, body: () => void): void {
  if (result === "ok") {
    body();
    return;
  }
  const kind = must(KINDS[result], `unknown result ${result}`);
  assert.throws(body, (e) => isError(e, kind), result);
}

function countKeys(db: NodeDb, root: Root): number {
  const iterator = new Tree(db, root).iterate();
  let count = 0;
  for (iterator.rewind(); iterator.valid; iterator.next()) count++;
  return count;
}

function runStep(restorer: Restorer, db: NodeDb, root: Root, step: Step): void {
  if (step.start_restore !== undefined) {
    const metadata = decodeCbor(Metadata, fromBase64(step.start_restore));
    // The recording aborts before every start but the one that must fail.
    if (step.result === "ok") restorer.abortRestore();
    expectResult(step.result, () => restorer.startRestore(metadata));
  } else if (step.chunk !== undefined) {
    let done = false;
    expectResult(step.result, () => {
      done = restorer.restoreChunk(must(step.index), fromBase64(must(step.chunk)));
    });
    assert.equal(done, step.done);
    assert.equal(restorer.current !== undefined, step.restore_still_running);
  } else {
    expectResult(step.result, () => db.finalize([root]));
  }
}

/** Calls of a restorer, good and bad chunks, and a manifest that does not cover the tree. */
export const suite: Suite = {
  file: "mkvs/restore",
  async run(r: Recorder): Promise<void> {
    const file = loadVector<File>("mkvs/restore");
    if (!file) return;
    const { hash, namespace, root_type, version } = file.root;
    const root: Root = { hash, namespace, type: root_type as RootType, version: BigInt(version) };
    const { incomplete_manifest: incomplete } = file;

    await using db = openNodeDb({ namespace });
    db.startMultipart(root.version);
    const restorer = new Restorer(db);
    for (const [i, step] of file.steps.entries()) {
      r.case(`${i} ${step.note}`, () => runStep(restorer, db, root, step));
    }
    r.case("all keys are there", () => assert.equal(countKeys(db, root), incomplete.total_keys));

    await using partial = openNodeDb({ namespace });
    r.case("incomplete manifest", () => {
      const metadata = decodeCbor(Metadata, fromBase64(incomplete.metadata));
      partial.startMultipart(metadata.root.version);
      const incompleteRestorer = new Restorer(partial);
      incompleteRestorer.startRestore(metadata);
      const done = incomplete.chunks.map((chunk, i) => incompleteRestorer.restoreChunk(i, fromBase64(chunk)));
      assert.equal(done.at(-1), incomplete.go_done);
      // The reference finalizes this and fails when it comes to the missing nodes.
      assert.throws(
        () => partial.finalize([metadata.root]),
        (e) => isError(e, ErrIncompleteRestore),
      );
      assert.ok(incomplete.go_iterated < incomplete.total_keys);
    });
  },
};
