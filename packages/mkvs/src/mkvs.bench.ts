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

const KEY_SIZE = 20;
const VALUE_SIZE = 64;

/** Random keys and values in one piece of memory, so that the collector has little to do with them. */
class Items {
  readonly #bytes: Uint8Array;
  readonly #key = new Uint8Array(KEY_SIZE);
  readonly #value = new Uint8Array(VALUE_SIZE);
  readonly count: number;

  constructor(count: number, seed = 1) {
    const random = new Random(seed);
    this.count = count;
    this.#bytes = new Uint8Array(count * (KEY_SIZE + VALUE_SIZE));
    for (let i = 0; i < this.#bytes.length; i++) this.#bytes[i] = random.below(256);
  }

  // Each in an array that the next call overwrites, so that making arrays is not measured.
  key(i: number): Uint8Array {
    return this.#copy(this.#key, i * (KEY_SIZE + VALUE_SIZE));
  }

  value(i: number): Uint8Array {
    return this.#copy(this.#value, i * (KEY_SIZE + VALUE_SIZE) + KEY_SIZE);
  }

  #copy(target: Uint8Array, at: number): Uint8Array {
    for (let i = 0; i < target.length; i++) target[i] = this.#bytes[at + i] as number;
    return target;
  }
}

function insertAll(tree: Tree, list: Items): void {
  for (let i = 0; i < list.count; i++) tree.insert(list.key(i), list.value(i));
}

function getAll(tree: Tree, list: Items, indices: Iterable<number>): void {
  for (const i of indices) if (tree.get(list.key(i))?.length !== VALUE_SIZE) throw new Error("wrong value");
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

function firstCommit(db: NodeDb, list: Items): Root {
  const tree = Tree.empty(RootType.state, db);
  insertAll(tree, list);
  tree.commit(NAMESPACE, 1n);
  db.finalize([tree.syncRoot]);
  return tree.syncRoot;
}

type Bench = () => Promise<Omit<BenchLine, "name">[]> | Omit<BenchLine, "name">[];
const cpu = (value: number, ran: string, reference: number): Omit<BenchLine, "name"> => ({
  unit: "cpu-s",
  value,
  ran,
  reference,
});

const benches: Readonly<Record<string, Bench>> = {
  "mkvs/insert/100k": () => {
    const list = new Items(KEYS);
    const tree = Tree.empty(RootType.state);
    return [cpu(measure(() => insertAll(tree, list)).cpuSeconds, "100,000 inserts in memory", 0.85)];
  },
  "mkvs/hash/100k": () => {
    const tree = Tree.empty(RootType.state);
    insertAll(tree, new Items(KEYS));
    return [cpu(measure(() => tree.hash()).cpuSeconds, "root hash of 100,000 new keys", 0.55)];
  },
  "mkvs/get/100k": () => {
    const list = new Items(KEYS);
    const tree = Tree.empty(RootType.state);
    insertAll(tree, list);
    // Committed, so that gets walk the tree.
    tree.commit(NAMESPACE, 1n);
    const indices = Array.from({ length: KEYS }, (_, i) => i);
    const read = measure(() => getAll(tree, list, indices));
    return [cpu(read.cpuSeconds, "100,000 gets in memory", 0.5)];
  },
  "mkvs/first-commit/100k": async () => {
    const lines: Omit<BenchLine, "name">[] = [];
    await withDb(async (db) => {
      const list = new Items(KEYS);
      lines.push(
        cpu(measure(() => firstCommit(db, list)).cpuSeconds, "insert, commit, finalize 100,000 keys on disk", 2.5),
      );
    });
    return lines;
  },
  "mkvs/updates/20x1000": async () => {
    const lines: Omit<BenchLine, "name">[] = [];
    await withDb(async (db, reopen) => {
      const list = new Items(KEYS);
      let root = firstCommit(db, list);
      const again = await reopen();
      const random = new Random(2);
      const values = new Items(1000, 4);
      const { cpuSeconds } = measure(() => {
        for (let commit = 0; commit < 20; commit++) {
          const tree = new Tree(again, root);
          for (let i = 0; i < 1000; i++) tree.insert(list.key(random.below(KEYS)), values.value((i + commit) % 1000));
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
      const list = new Items(KEYS);
      const root = firstCommit(db, list);
      const again = await reopen();
      const random = new Random(3);
      const indices = Array.from({ length: 20_000 }, () => random.below(KEYS));
      const { cpuSeconds } = measure(() => getAll(new Tree(again, root), list, indices));
      lines.push(cpu(cpuSeconds, "20,000 gets after reopening", 1));
    });
    return lines;
  },
  "mkvs/disk/100k": async () => {
    const path = mkdtempSync(join(tmpdir(), "wadi-bench-"));
    try {
      {
        await using db = openNodeDb({ path, namespace: NAMESPACE });
        firstCommit(db, new Items(KEYS));
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
  const wanted =
    mode === undefined
      ? Object.keys(benches)
      : Object.keys(benches).filter((name) => [mode, ...rest].some((w) => name.includes(w)));
  for (const name of wanted) {
    const program = [...process.execArgv, new URL(import.meta.url).pathname, "--one", name];
    const { status } = spawnSync(process.execPath, program, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
