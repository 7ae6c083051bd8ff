import assert from "node:assert/strict";
import { RootType, Tree, ZERO_NAMESPACE, openNodeDb, packedEntries, packedFromHex, packedToHex } from "@wadi/mkvs";
import type { NodeStore } from "@wadi/mkvs";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { writeLogHash } from "./write-log-bytes.ts";

type Op = readonly ["+", string, string] | readonly ["-", string] | readonly ["c"];
interface Sequence {
  readonly name: string;
  readonly ops: readonly Op[];
  readonly commits: readonly {
    readonly root: string;
    readonly keys: number;
    readonly write_log_len: number;
    readonly write_log_hash: string;
  }[];
}

function replay(r: Recorder, label: string, { ops, commits }: Sequence, store?: NodeStore): void {
  const tree = Tree.empty(RootType.state, store);
  const model = new Map<string, string>();
  let count = 0;
  for (const op of ops) {
    if (op[0] === "+") {
      tree.insertPacked(packedFromHex(op[1]), packedFromHex(op[2]));
      model.set(op[1], op[2]);
    } else if (op[0] === "-") {
      tree.removePacked(packedFromHex(op[1]));
      model.delete(op[1]);
    } else {
      const index = count++;
      r.case(`${label}: commit ${index}`, () => {
        const expected = commits[index];
        const { hash, writeLog } = tree.commit(ZERO_NAMESPACE, BigInt(index + 1));
        assert.equal(hash, expected?.root, "root");
        assert.equal(writeLog.size, expected?.write_log_len, "write log length");
        assert.equal(writeLogHash(writeLog), expected?.write_log_hash, "write log");
        const items = Array.from(packedEntries(tree), ([k, v]) => [packedToHex(k), packedToHex(v)]);
        assert.equal(items.length, expected?.keys, "number of keys");
        assert.deepEqual(
          items,
          Array.from(model).sort(([a], [b]) => (a < b ? -1 : 1)),
        );
      });
    }
  }
  r.case(`${label}: all commits seen`, () => assert.equal(count, commits.length));
}

/** Sequences of operations with the root and write log of every commit, in memory and over a database. */
export const suite: Suite = {
  file: "mkvs/op-sequences",
  async run(r: Recorder): Promise<void> {
    const file = loadVector<{ readonly sequences: readonly Sequence[] }>("mkvs/op-sequences");
    if (!file) return;
    for (const sequence of file.sequences) {
      replay(r, sequence.name, sequence);
      await using db = openNodeDb({ namespace: ZERO_NAMESPACE });
      replay(r, `${sequence.name} over a database`, sequence, db);
    }
  },
};
