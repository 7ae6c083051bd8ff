// Memory that large trees take: 1,000,000 random 20-byte keys with 64-byte values go into a
// database with a node cache of 64 MB, each way in a process of its own, which reports its
// greatest resident set. That counts the pages of the mapped file that were touched, which the
// store bounds; `anon` leaves them out.
//
//   node --conditions=wadi-source packages/mkvs/src/memory.bench.ts
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchLine } from "@wadi/testing";
import { openNodeDb } from "./db/node-db.ts";
import { RootType, ZERO_NAMESPACE } from "./root.ts";
import { Random } from "./testing/random.ts";
import { Tree } from "./tree.ts";

const KEYS = 1_000_000;
const CACHE_BYTES = 64 * 1024 * 1024;
/** How the node program runs: the collector lets garbage pile up less before it goes to work. */
const HEAP_FLAGS = ["--max-semi-space-size=8", "--heap-growing-percent=100"];
/** Keys per commit, and how many versions are kept (undefined: all). */
const WAYS = {
  "commits-of-10k": { perCommit: 10_000, kept: undefined },
  "commits-of-10k-pruned": { perCommit: 10_000, kept: 2n },
  "one-commit": { perCommit: KEYS, kept: undefined },
} as const;

/** Resident bytes that are no pages of files. */
function anonymousBytes(): number {
  const line = /RssAnon:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}

async function run(name: keyof typeof WAYS): Promise<void> {
  const { perCommit, kept } = WAYS[name];
  const path = mkdtempSync(join(tmpdir(), "wadi-memory-"));
  try {
    await using db = openNodeDb({ path, namespace: ZERO_NAMESPACE, cacheBytes: CACHE_BYTES, noFsync: true });
    const random = new Random(1);
    const key = new Uint8Array(20);
    const value = new Uint8Array(64);
    let anonymous = 0;
    let tree = Tree.empty(RootType.state, db);
    for (let done = 0, version = 1n; done < KEYS; version++) {
      for (let i = 0; i < perCommit; i++, done++) {
        for (let j = 0; j < key.length; j++) key[j] = random.below(256);
        for (let j = 0; j < value.length; j++) value[j] = random.below(256);
        tree.insert(key, value);
      }
      anonymous = Math.max(anonymous, anonymousBytes());
      tree.commit(ZERO_NAMESPACE, version);
      anonymous = Math.max(anonymous, anonymousBytes());
      db.finalize([tree.syncRoot]);
      if (kept !== undefined && version > kept) db.prune(version - kept);
      tree = new Tree(db, tree.syncRoot);
    }
    const { maxRSS } = process.resourceUsage();
    const { user, system } = process.cpuUsage();
    const ran = `1,000,000 keys, ${name}`;
    benchLine({ name: `mkvs/memory/${name}/peak-rss`, unit: "MB", value: maxRSS / 1024, ran });
    benchLine({ name: `mkvs/memory/${name}/peak-anon`, unit: "MB", value: anonymous / 1048576, ran });
    benchLine({ name: `mkvs/memory/${name}/cpu`, unit: "cpu-s", value: (user + system) / 1e6, ran });
    benchLine({ name: `mkvs/memory/${name}/file`, unit: "MB", value: db.sizeBytes() / 1e6, ran });
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const [mode] = process.argv.slice(2);
if (mode === undefined) {
  for (const name of Object.keys(WAYS)) {
    const program = [...process.execArgv, ...HEAP_FLAGS, new URL(import.meta.url).pathname, name];
    const { status } = spawnSync(process.execPath, program, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
} else {
  await run(mode as keyof typeof WAYS);
}
