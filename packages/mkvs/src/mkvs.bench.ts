// The tree and its database by operation: 100,000 random 20-byte keys with 64-byte values. Every
// measurement runs in a process of its own, so that it pays for its own warm-up. `reference` is
// the Go node's figure on such a machine.
//
//   node --conditions=wadi-source packages/mkvs/src/mkvs.bench.ts [NAME...]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchLine, measure } from "@wadi/testing";
import type { BenchLine } from "@wadi/testing";
import { DATA_FILE, openNodeDb } from "./db/node-db.ts";
import type { NodeDb } from "./db/node-db.ts";
import { RootType, ZERO_NAMESPACE } from "./root.ts";
import type { Root } from "./root.ts";
import { Random } from "./testing/random.ts";
import { Tree } from "./tree.ts";

const KEYS = 100_000;
const NAMESPACE = ZERO_NAMESPACE;

type Item = readonly [key: Uint8Array, value: Uint8Array];

function bytes(random: Random, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = random.below(256);
  return out;
}

function items(count: number, seed = 1): Item[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => [bytes(random, 20), bytes(random, 64)] as const);
}

function insertAll(tree: Tree, list: readonly Item[]): void {
  for (const [key, value] of list) tree.insert(key, value);
}

/** A database in a folder of its own, gone afterwards. */
async function withDb(body: (db: NodeDb, reopen: () => Promise<NodeDb>) => Promise<void>): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), "wadi-bench-"));
  const open = (): NodeDb => openNodeDb({ path, namespace: NAMESPACE, noFsync: true });
  let db = open();
  try {
    await body(db, async () => {
      await db.close();
      db = open();
      return db;
    });
  } finally {
    await db.close();
    rmSync(path, { recursive: true, force: true });
  }
}

function firstCommit(db: NodeDb, list: readonly Item[]): Root {
  const tree = Tree.empty(RootType.state, db);
  insertAll(tree, list);
  tree.commit(NAMESPACE, 1n);
  db.finalize([tree.syncRoot]);
  return tree.syncRoot;
}

type Bench = () => Promise<Omit<BenchLine, "name">[]> | Omit<BenchLine, "name">[];
const cpu = (value: number, ran: string, reference: number): Omit<BenchLine, "name"> => ({ unit: "cpu-s", value, ran, reference });

const benches: Readonly<Record<string, Bench>> = {
  "mkvs/insert/100k": () => {
    const list = items(KEYS);
    const tree = Tree.empty(RootType.state);
    return [cpu(measure(() => insertAll(tree, list)).cpuSeconds, "100,000 inserts in memory", 0.85)];
  },
  "mkvs/hash/100k": () => {
    const tree = Tree.empty(RootType.state);
    insertAll(tree, items(KEYS));
    return [cpu(measure(() => tree.hash()).cpuSeconds, "root hash of 100,000 new keys", 0.55)];
  },
  "mkvs/get/100k": () => {
    const list = items(KEYS);
    const tree = Tree.empty(RootType.state);
    insertAll(tree, list);
    // Committed, so that gets walk the tree.
    tree.commit(NAMESPACE, 1n);
    const read = measure(() => {
      for (const [key] of list) if (tree.get(key)?.length !== 64) throw new Error("wrong value");
    });
    return [cpu(read.cpuSeconds, "100,000 gets in memory", 0.5)];
  },
  "mkvs/first-commit/100k": async () => {
    const lines: Omit<BenchLine, "name">[] = [];
    await withDb(async (db) => {
      const list = items(KEYS);
      lines.push(cpu(measure(() => firstCommit(db, list)).cpuSeconds, "insert, commit, finalize 100,000 keys on disk", 2.5));
    });
    return lines;
  },
  "mkvs/updates/20x1000": async () => {
    const lines: Omit<BenchLine, "name">[] = [];
    await withDb(async (db, reopen) => {
      const list = items(KEYS);
      let root = firstCommit(db, list);
      const again = await reopen();
      const random = new Random(2);
      const changes = Array.from({ length: 20 }, () =>
        Array.from({ length: 1000 }, (): Item => [random.pick(list)[0], bytes(random, 64)]),
      );
      const { cpuSeconds } = measure(() => {
        for (const list of changes) {
          const tree = new Tree(again, root);
          insertAll(tree, list);
          tree.commit(NAMESPACE, root.version + 1n);
          root = tree.syncRoot;
          again.finalize([root]);
        }
      });
      lines.push(cpu(cpuSeconds, "20 commits of 1,000 updates of 100,000 keys", 3.9));
      lines.push({ unit: "MB", value: again.sizeBytes() / 1e6, ran: "file after these commits, 21 versions kept" });
    });
    return lines;
  },
  "mkvs/cold-get/20k": async () => {
    const lines: Omit<BenchLine, "name">[] = [];
    await withDb(async (db, reopen) => {
      const list = items(KEYS);
      const root = firstCommit(db, list);
      const again = await reopen();
      const random = new Random(3);
      const keys = Array.from({ length: 20_000 }, () => random.pick(list)[0]);
      const { cpuSeconds } = measure(() => {
        const tree = new Tree(again, root);
        for (const key of keys) if (tree.get(key)?.length !== 64) throw new Error("wrong value");
      });
      lines.push(cpu(cpuSeconds, "20,000 gets after reopening", 1));
    });
    return lines;
  },
  "mkvs/disk/100k": async () => {
    const path = mkdtempSync(join(tmpdir(), "wadi-bench-"));
    try {
      {
        await using db = openNodeDb({ path, namespace: NAMESPACE });
        firstCommit(db, items(KEYS));
      }
      const { size } = statSync(join(path, DATA_FILE));
      return [{ unit: "MB", value: size / 1e6, ran: "file with 100,000 keys, one version", reference: 33 }];
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  },
};

const [mode, ...rest] = process.argv.slice(2);
if (mode === "--one") {
  const name = rest[0] ?? "";
  for (const line of (await benches[name]?.()) ?? []) benchLine({ name, ...line });
} else {
  const wanted = mode === undefined ? Object.keys(benches) : Object.keys(benches).filter((name) => [mode, ...rest].some((w) => name.includes(w)));
  for (const name of wanted) {
    const program = [...process.execArgv, new URL(import.meta.url).pathname, "--one", name];
    const { status } = spawnSync(process.execPath, program, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
