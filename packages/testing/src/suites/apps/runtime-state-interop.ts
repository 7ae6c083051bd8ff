import assert from "node:assert/strict";
import { State, StateSchema, allApplications, registryApp } from "@wadi/apps";
import { addressOfKey } from "@wadi/comet-types";
import { hashOf } from "@wadi/crypto";
import { RootType, Tree, ZERO_NAMESPACE, packedFromHex, packedToHex } from "@wadi/mkvs";
import { fromHex } from "@wadi/util";

import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { noQuotes } from "./no-quotes.ts";

interface Dump {
  readonly root: string;
  readonly state: readonly { readonly key: string; readonly value: string }[];
}

interface File {
  readonly combined_root: string;
  readonly modules: Readonly<Record<string, Dump>>;
}

const schema = new StateSchema(allApplications({ quotes: noQuotes }));
const keysByPrefix = new Map(schema.declared.map(({ key }) => [key.prefix, key]));

function treeOf(dump: Pick<Dump, "state">): Tree {
  const tree = Tree.empty(RootType.state);
  for (const { key, value } of dump.state) tree.insertPacked(packedFromHex(key), packedFromHex(value));
  return tree;
}

function rootOf(tree: Tree): string {
  return tree.commit(ZERO_NAMESPACE, 1n, { noPersist: true }).hash;
}

/** Every key is declared, and every value is written as it was read. */
function runEntries(r: Recorder, module: string, { state }: Dump): void {
  for (const { key, value } of state) {
    const packed = packedFromHex(key);
    const declared = keysByPrefix.get(packed.charCodeAt(0));
    r.case(`${module}: ${key}`, () => {
      assert.ok(declared !== undefined, "no application declares the key");
      declared.decode(packed);
      const read: unknown = declared.format.decode(packedFromHex(value));
      assert.equal(packedToHex(declared.format.encode(read)), value);
    });
  }
}

/** The state functions find the same nodes, entities and runtimes that the dump holds. */
function runRegistry(r: Recorder, dump: Dump): void {
  const state = new State(treeOf(dump));
  const keysOf = (prefix: string): string[] =>
    dump.state.filter(({ key }) => key.startsWith(prefix)).map(({ key }) => key.slice(2));
  const hashed = (ids: readonly string[]): string[] => ids.map((id) => hashOf(fromHex(id))).toSorted();
  const nodes = registryApp.nodes(state);
  r.case("nodes by hash of their ID", () => assert.deepEqual(hashed(nodes.map(({ id }) => id)), keysOf("11")));
  r.case("runtimes by hash of their ID", () => {
    assert.deepEqual(hashed(registryApp.runtimes(state).map(({ id }) => id)), keysOf("13"));
    assert.deepEqual(hashed(registryApp.suspendedRuntimes(state).map(({ id }) => id)), keysOf("18"));
  });
  for (const node of nodes) {
    r.case(`indexes of node ${node.id}`, () => {
      const { id, entityId, consensus, p2p, vrf, tls } = node;
      const address = addressOfKey(consensus.id);
      assert.equal(registryApp.nodeIdByConsensusAddress(state, address), id, "consensus address");
      for (const key of [consensus.id, p2p.id, vrf.id, tls.pubKey]) {
        assert.equal(registryApp.nodeBySubKey(state, key)?.id, id, `key ${key}`);
      }
      assert.ok(registryApp.hasEntityNodes(state, entityId), "entity");
    });
  }
}

/** States made by the reference, the joined one with the root that the Rust runtime's tests know. */
export const suite: Suite = {
  file: "apps/runtime-state-interop",
  run(r: Recorder): void {
    const file = loadVector<File>("apps/runtime-state-interop");
    if (!file) return;
    const dumps = Object.entries(file.modules);
    for (const [module, dump] of dumps) {
      r.case(`root of ${module}`, () => assert.equal(rootOf(treeOf(dump)), dump.root));
      runEntries(r, module, dump);
    }
    r.case("joined root", () => {
      assert.equal(rootOf(treeOf({ state: dumps.flatMap(([, { state }]) => state) })), file.combined_root);
    });
    const registry = file.modules["registry"];
    if (registry !== undefined) runRegistry(r, registry);
  },
};
