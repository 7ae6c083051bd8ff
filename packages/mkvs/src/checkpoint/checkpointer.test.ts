import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isError, must, utf8 } from "@wadi/util";
import type { Namespace } from "@wadi/types";
import { ZERO_NAMESPACE } from "../root.ts";
import type { Root } from "../root.ts";
import { treeOf } from "../testing/arbitrary-tree.ts";
import type { Tree } from "../tree.ts";
import { runCheckpointer } from "./checkpointer.ts";
import type { CheckpointerDeps } from "./checkpointer.ts";
import { ErrUnexpectedRoots } from "./errors.ts";
import { FileCheckpointStore } from "./file-store.ts";

const namespace = ZERO_NAMESPACE as Namespace;
const parameters = { interval: 10n, numKept: 2n, initialVersion: 1n, chunkSize: 100, threads: 0 };
const state = { paused: false, periodic: true, rootsPerVersion: 2, earliestVersion: 1n };

interface Fixture extends AsyncDisposable {
  readonly deps: CheckpointerDeps;
  readonly announced: bigint[];
  /** Versions of which only the first root can be opened. */
  readonly broken: Set<bigint>;
  existing(): Promise<bigint[]>;
}

async function fixture(): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), "wadi-checkpointer-"));
  const trees = new Map<string, Tree>();
  const broken = new Set<bigint>();
  const opened = new Set<bigint>();
  const announced: bigint[] = [];
  const files = new FileCheckpointStore(join(folder, "checkpoints"), (root) => {
    const tree = must(trees.get(root.hash));
    if (opened.has(root.version) && broken.has(root.version)) throw new Error("broken");
    opened.add(root.version);
    return { store: tree.store, root: tree.content, [Symbol.dispose]: () => {} };
  });
  const rootsOf = (version: bigint): Root[] =>
    ["a", "b"].map((name) => {
      const tree = treeOf([[utf8(`${name} ${version}`), utf8("x")]], version);
      trees.set(tree.syncRoot.hash, tree);
      return tree.syncRoot;
    });
  const existing = async (): Promise<bigint[]> =>
    (await files.list({ version: 1, namespace, rootVersion: null })).map(({ root }) => root.version);
  const onCheckpoint = (version: bigint): void => void announced.push(version);
  return {
    deps: { files, namespace, rootsOf, onCheckpoint },
    announced,
    broken,
    existing,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const byValue = (a: bigint, b: bigint): number => (a < b ? -1 : 1);

test("scheduled runs create and drop whole versions", async () => {
  await using f = await fixture();
  const run = (version: bigint, forced = false) => runCheckpointer(f.deps, { version, forced }, parameters, state);
  assert.deepEqual(await run(25n), { created: [21n, 11n], dropped: [], failures: [] });
  assert.deepEqual(f.announced, [21n, 11n]);
  assert.deepEqual(await run(31n), { created: [31n], dropped: [], failures: [] });
  assert.deepEqual(await run(41n), { created: [41n], dropped: [11n], failures: [] });
  assert.deepEqual(await run(3n, true), { created: [3n], dropped: [], failures: [] });
  assert.deepEqual((await f.existing()).sort(byValue), [3n, 3n, 21n, 21n, 31n, 31n, 41n, 41n]);
});

test("a version with the wrong number of roots is not made", async () => {
  await using f = await fixture();
  const { failures, created } = await runCheckpointer(f.deps, { version: 25n, forced: false }, parameters, {
    ...state,
    rootsPerVersion: 1,
  });
  assert.deepEqual(created, []);
  assert.equal(failures.length, 1);
  assert.ok(isError(failures[0]?.error, ErrUnexpectedRoots));
  assert.deepEqual(await f.existing(), []);
});

test("a failure stops creating and leaves nothing of its version", async () => {
  await using f = await fixture();
  f.broken.add(11n);
  const { created, failures } = await runCheckpointer(f.deps, { version: 25n, forced: false }, parameters, state);
  assert.deepEqual(created, [21n]);
  assert.deepEqual(
    failures.map(({ version, action }) => [version, action]),
    [[11n, "create"]],
  );
  assert.deepEqual(await f.existing(), [21n, 21n]);
});
