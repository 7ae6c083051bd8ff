// Checkpoints of 100,000 random keys of 20 bytes with values of 64 bytes, on disk, and proofs over
// the same tree. Reference: CPU seconds of the Go node on two cores.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TurnProbe, benchLine, throughput } from "@wadi/testing";
import type { Hash } from "@wadi/types";
import { assert, must } from "@wadi/util";
import { openNodeDb } from "../db/node-db.ts";
import type { NodeDb } from "../db/node-db.ts";
import { hashBytes } from "../node.ts";
import { packedFromHex, unpack } from "../packed.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot } from "../root.ts";
import type { Root } from "../root.ts";
import { proveGet } from "../sync/prove.ts";
import { verifyProof } from "../sync/proof.ts";
import { Tree } from "../tree.ts";
import { treesOf } from "./database-trees.ts";
import { FileCheckpointStore } from "./file-store.ts";
import { Restorer } from "./restorer.ts";

const KEYS = 100_000;
const CHUNK_SIZE = 8 << 20;

function item(i: number): [Uint8Array, Uint8Array] {
  const key = unpack(hashBytes(Buffer.from(`key ${i}`)).slice(0, 20));
  const value = unpack(hashBytes(Buffer.from(`value ${i}`)));
  return [key, Buffer.concat([value, value])];
}

function fill(db: NodeDb): Root {
  const tree = new Tree(db, emptyRoot(ZERO_NAMESPACE, 1n, RootType.state));
  for (let i = 0; i < KEYS; i++) tree.insert(...item(i));
  tree.commit(ZERO_NAMESPACE, 1n);
  db.finalize([tree.syncRoot]);
  return tree.syncRoot;
}

async function timed<T>(name: string, ran: string, reference: number, body: () => Promise<T>): Promise<T> {
  using probe = new TurnProbe();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const result = await body();
  const turn = probe.take();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const value = (user + system) / 1e6;
  benchLine({
    name,
    unit: "cpu-s",
    value,
    ran: `${ran}; ${seconds.toFixed(2)} s wall`,
    reference,
  });
  const held = "the longest turn of the event loop, in processor time";
  benchLine({ name: `${name}/turn`, unit: "ms", value: turn.cpuMs, ran: held });
  return result;
}

async function benchCheckpoints(folder: string, root: Root): Promise<void> {
  for (const [threads, reference] of [
    [0, 1.9],
    [12, 1.5],
  ] as const) {
    await using db = openNodeDb({ namespace: ZERO_NAMESPACE, path: join(folder, "db") });
    const files = new FileCheckpointStore(join(folder, `checkpoints-${threads}`), treesOf(db));
    const ran = `100k keys, cold cache, chunks of 8 MiB, ${threads} threads`;
    const metadata = await timed(`checkpoint/create/100k/threads=${threads}`, ran, reference, () =>
      files.create(root, { chunkSize: CHUNK_SIZE, threads }),
    );
    const chunks: Uint8Array[] = [];
    for (const [index, digest] of metadata.chunks.entries()) {
      chunks.push(await files.chunk({ version: metadata.version, root, index: BigInt(index), digest }));
    }
    const path = join(folder, `restored-${threads}`);
    await using restored = openNodeDb({ namespace: ZERO_NAMESPACE, path });
    await timed(
      `checkpoint/restore/100k/threads=${threads}`,
      `${chunks.length} chunks, with finalize`,
      2.6,
      async () => {
        restored.startMultipart(root.version);
        const restorer = new Restorer(restored);
        restorer.startRestore(metadata);
        for (const [i, chunk] of chunks.entries()) await restorer.restoreChunkInSlices(i, chunk);
        await restored.finalizeInSlices([root]);
      },
    );
    assert(new Tree(restored, root).get(must(item(77)[0])) !== undefined, "restored tree must hold its keys");
  }
}

async function benchProofs(folder: string, root: Root): Promise<void> {
  await using db = openNodeDb({ namespace: ZERO_NAMESPACE, path: join(folder, "db") });
  const keys = Array.from({ length: 2000 }, (_, i) => must(item(i * 50)[0]));
  for (const proofVersion of [0, 1]) {
    let i = 0;
    const prove = () => {
      const key = must(keys[i++ % keys.length]);
      // A tree per request, as the node serves them.
      const tree = new Tree(db, root);
      return proveGet(tree, {
        tree: { root, position: root.hash as Hash },
        key,
        includeSiblings: false,
        proofVersion,
      });
    };
    const ran = `SyncGet v${proofVersion} over 100k keys, warm`;
    const name = `100k/v${proofVersion}`;
    benchLine({ name: `proof/build/${name}`, unit: "ops/s", value: throughput(prove), ran, reference: 5600 });
    const { proof } = prove();
    const hash = packedFromHex(root.hash);
    const value = throughput(() => verifyProof(hash, proof));
    benchLine({ name: `proof/verify/${name}`, unit: "ops/s", value, ran, reference: 48_000 });
  }
}

const folder = await mkdtemp(join(tmpdir(), "wadi-bench-"));
try {
  const root = await (async () => {
    await using db = openNodeDb({ namespace: ZERO_NAMESPACE, path: join(folder, "db") });
    return fill(db);
  })();
  await benchCheckpoints(folder, root);
  await benchProofs(folder, root);
} finally {
  await rm(folder, { recursive: true, force: true });
}
