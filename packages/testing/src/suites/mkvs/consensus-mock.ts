import assert from "node:assert/strict";
import { Tree, openNodeDb, packedEntries, packedFromHex, packedToHex } from "@wadi/mkvs";
import type { Root, RootType } from "@wadi/mkvs";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface File {
  readonly root: {
    readonly namespace: string;
    readonly version: number;
    readonly root_type: RootType;
    readonly hash: string;
  };
  readonly items: readonly (readonly [string, string])[];
}

/** The contents of a consensus state that tests of the reference ask for. */
export const suite: Suite = {
  file: "mkvs/consensus-mock",
  async run(r: Recorder): Promise<void> {
    const file = loadVector<File>("mkvs/consensus-mock");
    if (!file) return;
    const { namespace, version, root_type: type, hash } = file.root;
    const root: Root = { namespace, version: BigInt(version), type, hash };
    await using db = openNodeDb({ namespace });
    r.case("root", () => {
      const tree = Tree.empty(type, db);
      for (const [key, value] of file.items) tree.insertPacked(packedFromHex(key), packedFromHex(value));
      tree.commitKnown(root);
      db.finalize([root]);
    });
    r.case("iteration order", () => {
      const items = Array.from(packedEntries(new Tree(db, root)), ([k, v]) => [packedToHex(k), packedToHex(v)]);
      assert.deepEqual(items, file.items);
    });
    file.items.forEach(([key, value], i) => {
      r.case(`item ${i}`, () => {
        const found = new Tree(db, root).getPacked(packedFromHex(key));
        assert.equal(found === undefined ? undefined : packedToHex(found), value);
      });
    });
  },
};
