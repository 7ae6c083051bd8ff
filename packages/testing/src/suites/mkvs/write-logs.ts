import assert from "node:assert/strict";
import { RootType, Tree, ZERO_NAMESPACE, emptyRoot, openNodeDb, packedFromHex, packedToHex } from "@wadi/mkvs";
import type { NodeDb, NodeDbOptions, Root, WriteLog } from "@wadi/mkvs";
import { toBase64 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { checkpointItems } from "./trees.ts";
import { sortedWriteLog } from "./write-log-bytes.ts";

type Backend = "pathbadger" | "badger";
type Change = readonly [string, string | null];
interface Place {
  readonly version: number;
  readonly hash: string;
}
interface Step {
  readonly note: string;
  readonly start: Place;
  readonly end: Place;
  readonly ops?: readonly (readonly ["+", string, string] | readonly ["-", string])[];
  readonly commit_returned: readonly Change[];
  readonly cbor_sorted: string;
  readonly get_write_log_badger: string;
  readonly get_write_log_pathbadger: string;
}
interface File {
  readonly steps: readonly Step[];
  readonly errors: readonly { readonly note: string; readonly badger: string; readonly pathbadger: string }[];
}

const INITIAL_ITEMS = 300;

const stateRoot = ({ version, hash }: Place): Root => ({
  namespace: ZERO_NAMESPACE,
  version: BigInt(version),
  type: RootType.state,
  hash,
});

function changesOf(log: WriteLog): Change[] {
  const changes = Array.from(log.changes, ([k, v]): Change => [packedToHex(k), v === null ? null : packedToHex(v)]);
  return changes.sort(([a], [b]) => (a < b ? -1 : 1));
}

function commitStep(db: NodeDb, step: Step): WriteLog {
  const start = stateRoot(step.start);
  const isFirst = step.note.startsWith("initial");
  const tree = isFirst ? Tree.empty(RootType.state, db) : new Tree(db, start);
  if (isFirst) for (const [key, value] of checkpointItems(INITIAL_ITEMS)) tree.insert(key, value);
  for (const op of step.ops ?? []) {
    if (op[0] === "+") tree.insertPacked(packedFromHex(op[1]), packedFromHex(op[2]));
    else tree.removePacked(packedFromHex(op[1]));
  }
  if (step.note === "remove everything")
    for (const [key] of step.commit_returned) tree.removePacked(packedFromHex(key));
  const { hash, writeLog } = tree.commit(ZERO_NAMESPACE, BigInt(step.end.version));
  assert.equal(hash, step.end.hash, "root");
  db.finalize([stateRoot(step.end)]);
  return writeLog;
}

function message(body: () => unknown): string {
  try {
    body();
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
  return "ok";
}

function runSteps(r: Recorder, backend: Backend, db: NodeDb, steps: readonly Step[]): void {
  for (const step of steps) {
    r.case(`${backend}: ${step.note}: commit`, () => {
      const log = commitStep(db, step);
      assert.deepEqual(changesOf(log), step.commit_returned);
      assert.equal(toBase64(sortedWriteLog(log)), step.cbor_sorted);
    });
    r.case(`${backend}: ${step.note}: get`, () => {
      const expected = step[`get_write_log_${backend}`];
      const read = (): WriteLog => db.getWriteLog(stateRoot(step.start), stateRoot(step.end));
      if (expected === "same set as commit_returned") assert.deepEqual(changesOf(read()), step.commit_returned);
      else assert.equal(message(read), expected);
    });
  }
}

/** The impossible requests that the file names; it records only what they are about. */
function badRequest(note: string, { steps }: File): readonly [start: Root, end: Root] {
  const [first, second, third] = steps.map((step) => [stateRoot(step.start), stateRoot(step.end)] as const);
  if (first === undefined || second === undefined || third === undefined) throw new Error("steps are missing");
  const [start, end] = second;
  const unknown = "11".repeat(32);
  switch (note) {
    case "two versions apart":
      return [first[1], third[1]];
    case "backwards":
      return [end, start];
    case "root type differs":
      return [start, { ...end, type: RootType.io }];
    case "unknown end root":
      return [start, { ...end, hash: unknown }];
    case "unknown start root":
      return [{ ...start, hash: unknown }, end];
    case "other namespace":
      return [
        { ...start, namespace: unknown },
        { ...end, namespace: unknown },
      ];
    default:
      throw new Error(`unknown request: ${note}`);
  }
}

/** Write logs between consecutive roots, by the rules of both back ends of the reference. */
export const suite: Suite = {
  file: "mkvs/write-logs",
  async run(r: Recorder): Promise<void> {
    const file = loadVector<File>("mkvs/write-logs");
    if (!file) return;
    for (const rules of ["pathbadger", "badger"] as const) {
      const options: NodeDbOptions = { namespace: ZERO_NAMESPACE, rules };
      await using db = openNodeDb(options);
      runSteps(r, rules, db, file.steps);
      for (const bad of file.errors) {
        r.case(`${rules}: refused: ${bad.note}`, () => {
          const [start, end] = badRequest(bad.note, file);
          assert.equal(
            message(() => db.getWriteLog(start, end)),
            bad[rules],
          );
        });
      }
    }
    r.case("every log starts at the empty root or the end of the one before", () => {
      let before = emptyRoot(ZERO_NAMESPACE, BigInt(file.steps[0]?.start.version ?? 0), RootType.state);
      for (const step of file.steps) {
        assert.deepEqual(stateRoot(step.start), before);
        before = stateRoot(step.end);
      }
    });
  },
};
