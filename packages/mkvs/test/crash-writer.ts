// The process that the crash test kills: commits version after version until then.
//
//   node crash-writer.ts FOLDER SEED
import { openNodeDb } from "../src/db/node-db.ts";
import type { NodeDb } from "../src/db/node-db.ts";
import { NodeKind } from "../src/node.ts";
import type { Child, Node } from "../src/node.ts";
import { RootType, emptyRoot } from "../src/root.ts";
import type { Root } from "../src/root.ts";
import { Random } from "../src/testing/random.ts";
import { Tree } from "../src/tree.ts";
import { KEPT_VERSIONS, NAMESPACE, TRANSACTION_BYTES, changesOf, ioContent, isRestored } from "./crash-model.ts";

function commitState(db: NodeDb, base: Root | undefined, version: bigint, fork: number): Root {
  const tree = base === undefined ? Tree.empty(RootType.state, db) : new Tree(db, base);
  for (const [key, value] of changesOf(version, fork)) {
    if (value === null) tree.removePacked(key);
    else tree.insertPacked(key, value);
  }
  tree.commit(NAMESPACE, version);
  return tree.syncRoot;
}

function commitIo(db: NodeDb, version: bigint): Root {
  const tree = new Tree(db, emptyRoot(NAMESPACE, version, RootType.io));
  for (const [key, value] of ioContent(version)) tree.insertPacked(key, value);
  tree.commit(NAMESPACE, version);
  return tree.syncRoot;
}

/** Brings in the base tree once more as the root of `version`, in chunks of a few nodes. */
function restore(db: NodeDb, base: Root, version: bigint): Root {
  const nodes: Node[] = [];
  const open: Child[] = [db.openRoot(base)];
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    if (child === null || child.kind !== NodeKind.ref) continue;
    const node = db.load(child);
    nodes.push(node);
    if (node.kind === NodeKind.internal) open.push(node.left, node.right);
  }
  const root = { ...base, version };
  db.startMultipart(version);
  for (let i = 0; i < nodes.length; i += 100) {
    const batch = db.newChunkBatch(root);
    for (const node of nodes.slice(i, i + 120)) batch.putNode(node);
    batch.commit();
  }
  return root;
}

const [folder = "", seed = "0"] = process.argv.slice(2);
const random = new Random(Number(seed));
const db = openNodeDb({
  path: folder,
  namespace: NAMESPACE,
  noFsync: random.chance(0.5),
  transactionBytes: TRANSACTION_BYTES,
});
process.stdout.write("ready\n");

for (let version = (db.latestVersion() ?? 0n) + 1n; ; version++) {
  const [base] = db.rootsForVersion(version - 1n).filter((root) => root.type === RootType.state);
  if (isRestored(version) && base !== undefined) {
    db.finalize([restore(db, base, version)]);
  } else {
    if (random.chance(0.3)) commitState(db, base, version, 1);
    const state = commitState(db, base, version, 0);
    const fork = random.chance(0.3) ? commitState(db, base, version, 2) : undefined;
    if (fork !== undefined && random.chance(0.3)) commitState(db, fork, version + 1n, 3);
    db.finalize([commitIo(db, version), state]);
  }
  while (version - db.earliestVersion() > KEPT_VERSIONS) db.prune(db.earliestVersion());
}
