// Decoders of the tree, its proofs and checkpoints: everything that a peer can send.
import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import type { Schema } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import {
  CHECKPOINT_VERSION,
  ChunkMetadata,
  GetPrefixesRequest,
  GetRequest,
  IterateRequest,
  Metadata,
  NodeKind,
  Proof,
  Restorer,
  RootType,
  SnappyFrameWriter,
  Tree,
  WriteLogEntries,
  ZERO_NAMESPACE,
  addTransaction,
  createChunks,
  decodeNode,
  decodeSnappyBlock,
  decodeSnappyFrames,
  encodeNode,
  encodeSnappyBlock,
  packedFromHex,
  proveGet,
  proveIterate,
  readInputBatch,
  readTags,
  readTransactions,
  validateMetadata,
  verifyClaimedProof,
} from "@wadi/mkvs";
import type { ChunkTarget, Root, TreeId } from "@wadi/mkvs";
import type { Hash } from "@wadi/types";
import { concatBytes, must, utf8 } from "@wadi/util";
import type { FuzzTarget } from "./target.ts";

/** A tree with embedded leaves, an empty key and empty values. */
function sampleTree(): Tree {
  const tree = Tree.empty(RootType.state);
  for (let i = 0; i < 20; i++) tree.insert(utf8(`key ${i}`), utf8(i % 3 === 0 ? "" : `value ${i}`));
  tree.insert(utf8("key"), utf8("short"));
  tree.insert(new Uint8Array(0), utf8("root leaf"));
  tree.commit(ZERO_NAMESPACE, 1n);
  return tree;
}

function framed(content: Uint8Array): Uint8Array {
  const out: Uint8Array[] = [];
  const writer = new SnappyFrameWriter((frame) => out.push(frame.slice()));
  writer.write(content);
  writer.finish();
  return concatBytes(...out);
}

function chunksOf(tree: Tree): Uint8Array[] {
  const chunks: Uint8Array[][] = [[]];
  for (const step of createChunks(tree.store, tree.content, { chunkSize: 200, threads: 3 })) {
    if (step.kind === "bytes") must(chunks.at(-1)).push(step.bytes);
    else chunks.push([]);
  }
  return chunks.slice(0, -1).map((pieces) => concatBytes(...pieces));
}

function proofsOf(tree: Tree): Uint8Array[] {
  const id = { root: tree.syncRoot, position: tree.syncRoot.hash as Hash };
  return [0, 1].flatMap((proofVersion) =>
    ["key 7", "key", "", "absent"].flatMap((text) => {
      const key = utf8(text);
      const got = proveGet(tree, { tree: id, key, includeSiblings: text === "key", proofVersion });
      const walked = proveIterate(tree, { tree: id, key, prefetch: 3, proofVersion });
      return [encodeCbor(Proof, got.proof), encodeCbor(Proof, walked.proof)];
    }),
  );
}

/** Every node of the tree in each serialization. */
function nodesOf(tree: Tree): Uint8Array[] {
  const found: Uint8Array[] = [];
  const iterator = tree.iterate({
    onVisit: (node) => {
      found.push(encodeNode(node, "full"), encodeNode(node, "compact-v0"), encodeNode(node, "compact-v1"));
    },
  });
  for (iterator.rewind(); iterator.valid; iterator.next());
  return found;
}

const ignoringTarget: ChunkTarget = { newChunkBatch: () => ({ putNode: () => {}, *commitSteps() {} }) };

/** A chunk whose digest is right, so that its content decides. */
function restore(root: Root, chunk: Uint8Array): void {
  const restorer = new Restorer(ignoringTarget, { maxChunkBytes: 1 << 20 });
  restorer.startRestore({ version: CHECKPOINT_VERSION, root, chunks: [hashOf(chunk)] });
  assert.equal(restorer.restoreChunk(0, chunk), true);
}

function ioTreeLog(): Uint8Array {
  const tree = Tree.empty(RootType.io);
  for (let i = 0; i < 3; i++) {
    const tags = [{ key: utf8("tag"), value: utf8("value") }];
    addTransaction(tree, { input: utf8(`input ${i}`), output: utf8("output"), batchOrder: i }, tags);
  }
  return encodeCbor(WriteLogEntries, [...tree.commit(ZERO_NAMESPACE, 1n).writeLog]);
}

function readIoTree(input: Uint8Array): void {
  const tree = Tree.empty(RootType.io);
  for (const { key, value } of decodeCbor(WriteLogEntries, input)) {
    if (value === null) tree.remove(key);
    else tree.insert(key, value);
  }
  const transactions = readTransactions(tree);
  readTags(tree);
  assert.equal(readInputBatch(tree).length, transactions.length);
}

const nodeTarget: FuzzTarget = {
  name: "mkvs/node",
  seeds: () => nodesOf(sampleTree()),
  run(input) {
    const node = decodeNode(input);
    if (node.kind === NodeKind.leaf) {
      // What was read is the beginning of the input.
      const encoded = encodeNode(node, "full");
      assert.deepEqual(encoded, new Uint8Array(input.subarray(0, encoded.length)));
    }
    assert.deepEqual(decodeNode(encodeNode(node, "compact-v0")).kind, node.kind);
  },
};

const proofTarget: FuzzTarget = {
  name: "mkvs/proof",
  seeds: () => proofsOf(sampleTree()),
  run(input) {
    const proof = decodeCbor(Proof, input);
    const root = packedFromHex(proof.untrustedRoot);
    verifyClaimedProof(root, proof);
    verifyClaimedProof(root, proof, { lenient: true });
  },
};

function requestTarget<T>(name: string, schema: Schema<T>, sample: (tree: TreeId, key: Uint8Array) => T): FuzzTarget {
  return {
    name: `mkvs/request/${name}`,
    seeds: () => {
      const root = sampleRoot();
      return [encodeCbor(schema, sample({ root, position: root.hash as Hash }, utf8("key")))];
    },
    run(input) {
      const request = decodeCbor(schema, input);
      assert.deepEqual(decodeCbor(schema, encodeCbor(schema, request)), request);
    },
  };
}

const requestTargets: readonly FuzzTarget[] = [
  requestTarget("get", GetRequest, (tree, key) => ({ tree, key, includeSiblings: true, proofVersion: 1 })),
  requestTarget("iterate", IterateRequest, (tree, key) => ({ tree, key, prefetch: 3, proofVersion: 0 })),
  requestTarget("prefixes", GetPrefixesRequest, (tree, key) => ({ tree, prefixes: [key], limit: 9, proofVersion: 0 })),
];

const chunkTarget: FuzzTarget = {
  name: "mkvs/chunk",
  seeds: () => chunksOf(sampleTree()),
  run: (input) => restore(sampleRoot(), input),
};

const chunkContentTarget: FuzzTarget = {
  name: "mkvs/chunk-content",
  seeds: () => chunksOf(sampleTree()).map((chunk) => decodeSnappyFrames(chunk, 1 << 20)),
  run: (input) => restore(sampleRoot(), framed(input)),
};

let cachedRoot: Root | undefined;
function sampleRoot(): Root {
  return (cachedRoot ??= sampleTree().syncRoot);
}

const snappyFramesTarget: FuzzTarget = {
  name: "mkvs/snappy-frames",
  seeds: () => [framed(utf8("text text text text")), framed(new Uint8Array(70_000)), ...chunksOf(sampleTree())],
  run(input) {
    const content = decodeSnappyFrames(input, 1 << 20);
    assert.deepEqual(decodeSnappyFrames(framed(content), 1 << 20), content);
  },
};

const snappyBlockTarget: FuzzTarget = {
  name: "mkvs/snappy-block",
  seeds: () => [encodeSnappyBlock(utf8("abcabcabcabcabcabcabcabc")), encodeSnappyBlock(new Uint8Array(5000))],
  run(input) {
    const content = decodeSnappyBlock(input);
    assert.deepEqual(decodeSnappyBlock(encodeSnappyBlock(content)), content);
  },
};

const metadataTarget: FuzzTarget = {
  name: "mkvs/checkpoint-metadata",
  seeds: () => {
    const root = sampleRoot();
    const chunks = chunksOf(sampleTree()).map((chunk) => hashOf(chunk));
    const [digest] = chunks;
    return [
      encodeCbor(Metadata, { version: CHECKPOINT_VERSION, root, chunks }),
      encodeCbor(ChunkMetadata, { version: CHECKPOINT_VERSION, root, index: 0n, digest: must(digest) }),
    ];
  },
  run(input) {
    const metadata = decodeCbor(Metadata, input);
    validateMetadata(metadata);
    assert.deepEqual(decodeCbor(Metadata, encodeCbor(Metadata, metadata)), metadata);
  },
};

const ioTreeTarget: FuzzTarget = { name: "mkvs/io-tree", seeds: () => [ioTreeLog()], run: readIoTree };

export const targets: readonly FuzzTarget[] = [
  nodeTarget,
  proofTarget,
  ...requestTargets,
  chunkTarget,
  chunkContentTarget,
  snappyFramesTarget,
  snappyBlockTarget,
  metadataTarget,
  ioTreeTarget,
];
