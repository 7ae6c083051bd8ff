// Kills the writer again and again and checks after every kill what it left.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LmdbStore } from "@wadi/kv";
import type { Hash } from "@wadi/crypto";
import { DATA_FILE, NodeDb } from "../src/db/node-db.ts";
import { unpack } from "../src/packed.ts";
import type { Packed } from "../src/packed.ts";
import { RootType, packedHash } from "../src/root.ts";
import type { Root } from "../src/root.ts";
import { proveGet } from "../src/sync/prove.ts";
import { verifyProofItems } from "../src/sync/proof.ts";
import { allRoots, assertContent, checkNodesOf, walkTree } from "../src/testing/check-database.ts";
import { Random } from "../src/testing/random.ts";
import { Tree } from "../src/tree.ts";
import { ContentModel, NAMESPACE, ioContent, isRestored } from "./crash-model.ts";

const WRITER = fileURLToPath(new URL("./crash-writer.ts", import.meta.url));

export interface CrashSummary {
  readonly kills: number;
  readonly versions: bigint;
  /** Bytes of the data file at the end, and halfway. */
  readonly sizeBytes: number;
  readonly sizeBytesHalfway: number;
}

/** Starts the writer and kills it `afterMs` after it has opened the database. */
async function runAndKill(folder: string, seed: number, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, ["--conditions=wadi-source", WRITER, folder, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  await Promise.race([once(child.stdout, "data"), exit]);
  await delay(afterMs);
  child.kill("SIGKILL");
  const [code, signal] = (await exit) as [number | null, string | null];
  assert.equal(signal, "SIGKILL", `the writer ended by itself with code ${code}`);
}

/** Opens what the writer left: everything from the earliest to the last finalized version is whole. */
async function check(folder: string, model: ContentModel, before: bigint): Promise<{ latest: bigint; size: number }> {
  const kv = new LmdbStore({ path: join(folder, DATA_FILE) });
  await using db = new NodeDb(kv, { namespace: NAMESPACE });
  const latest = db.latestVersion() ?? 0n;
  assert.ok(latest >= before, `finalized version ${before} is gone`);
  assert.equal(db.multipartVersion(), undefined);
  for (let version = db.earliestVersion(); latest > 0n && version <= latest; version++) {
    const roots = db.rootsForVersion(version);
    const [state] = roots.filter((root) => root.type === RootType.state);
    assert.ok(state !== undefined, `version ${version} has no state root`);
    assertContent(walkTree(db, state).content, model.at(version));
    const [io] = roots.filter((root) => root.type === RootType.io);
    assert.equal(io === undefined, isRestored(version));
    if (io !== undefined) assertContent(walkTree(db, io).content, ioContent(version));
    assert.equal(roots.length, io === undefined ? 1 : 2, "roots of losing forks are left");
    if (version === latest) checkProof(db, state, model.at(version));
  }
  checkNodesOf(kv, db, allRoots(db, latest + 2n));
  return { latest, size: db.sizeBytes() };
}

/** A served proof of some key shows its value to whoever trusts the root. */
function checkProof(db: NodeDb, root: Root, content: ReadonlyMap<Packed, Packed>): void {
  for (const [key, value] of content) {
    const request = {
      tree: { root, position: root.hash as Hash },
      key: unpack(key),
      includeSiblings: false,
      proofVersion: 0,
    };
    const { proof } = proveGet(new Tree(db, root), request);
    const items = verifyProofItems(packedHash(root), proof);
    assert.ok(
      items.some((item) => item.key === key && item.value === value),
      "the proof does not show the key",
    );
    return;
  }
}

/** The whole test in an empty folder; `progress` is told of every kill. */
export async function crashTest(
  folder: string,
  kills: number,
  seed: number,
  progress: (kill: number, latest: bigint) => void = () => {},
): Promise<CrashSummary> {
  const random = new Random(seed);
  const model = new ContentModel();
  let latest = 0n;
  let size = 0;
  let halfway = 0;
  for (let kill = 1; kill <= kills; kill++) {
    await runAndKill(folder, random.below(1 << 30), 20 + random.below(220));
    ({ latest, size } = await check(folder, model, latest));
    if (kill === Math.ceil(kills / 2)) halfway = size;
    progress(kill, latest);
  }
  return { kills, versions: latest, sizeBytes: size, sizeBytesHalfway: halfway };
}
