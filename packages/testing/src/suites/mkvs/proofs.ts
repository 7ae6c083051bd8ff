import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import type { Schema } from "@wadi/codec";
import {
  GetPrefixesRequest,
  GetRequest,
  IterateRequest,
  ProofResponse,
  Proof,
  RootType,
  packedFromHex,
  packedToHex,
  proveGet,
  proveIterate,
  provePrefixes,
  verifyClaimedProof,
  verifyProofItems,
} from "@wadi/mkvs";
import type { Root, Tree } from "@wadi/mkvs";
import { fromBase64, fromHex, must, toBase64 } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";
import { treeOf } from "./trees.ts";

type Item = readonly [string, string];
interface Case {
  readonly kind: "SyncGet" | "SyncGetPrefixes" | "SyncIterate";
  readonly note: string;
  readonly request: string;
  readonly response?: string;
  readonly error?: string;
  readonly entries?: number;
  readonly untrusted_root?: string;
  readonly write_log_in_order?: readonly Item[];
}
interface BadProof {
  readonly note: string;
  readonly expected_root: string;
  readonly go_result: string;
  readonly proof: string;
}
interface File {
  readonly root: { readonly hash: string; readonly namespace: string; readonly version: number };
  readonly items: readonly Item[];
  readonly cases: readonly Case[];
  readonly bad_proofs: readonly BadProof[];
}

/** Go callers send nil keys and lists as null, we as empty; otherwise the encoding is exact. */
function decodeExactly<T>(schema: Schema<T>, encoded: string, hasNil: (message: T) => boolean): T {
  const message = decodeCbor(schema, fromBase64(encoded));
  const again = encodeCbor(schema, message);
  if (!hasNil(message)) assert.equal(toBase64(again), encoded);
  else assert.deepEqual(decodeCbor(schema, again), message);
  return message;
}

function answer(tree: (root: Root) => Tree, { kind, request }: Case): ProofResponse {
  switch (kind) {
    case "SyncGet": {
      const message = decodeExactly(GetRequest, request, ({ key }) => key.length === 0);
      return proveGet(tree(message.tree.root), message);
    }
    case "SyncGetPrefixes": {
      const message = decodeExactly(GetPrefixesRequest, request, ({ prefixes }) => prefixes.length === 0);
      return provePrefixes(tree(message.tree.root), message);
    }
    case "SyncIterate": {
      const message = decodeExactly(IterateRequest, request, ({ key }) => key.length === 0);
      return proveIterate(tree(message.tree.root), message);
    }
  }
}

function runCase(file: File, served: Tree, testCase: Case): void {
  const tree = (root: Root): Tree => {
    if (testCase.note.includes("different root")) return served;
    // The same content under whatever root the request names, or the empty tree.
    const items = root.hash === file.root.hash ? file.items : [];
    return treeOf(bytesOf(items), { namespace: root.namespace, version: root.version });
  };
  if (testCase.error !== undefined) {
    assert.throws(() => answer(tree, testCase), { message: testCase.error });
    return;
  }
  const response = answer(tree, testCase);
  assert.equal(toBase64(encodeCbor(ProofResponse, response)), testCase.response);
  const { proof } = decodeCbor(ProofResponse, fromBase64(must(testCase.response)));
  assert.deepEqual(proof, response.proof);
  assert.equal(proof.entries.length, testCase.entries);
  assert.equal(proof.untrustedRoot, testCase.untrusted_root);
  const items = verifyProofItems(packedFromHex(proof.untrustedRoot), proof);
  assert.deepEqual(
    items.map(({ key, value }) => [packedToHex(key), packedToHex(value)]),
    testCase.write_log_in_order,
  );
}

function bytesOf(items: readonly Item[]): [Uint8Array, Uint8Array][] {
  return items.map(([key, value]) => [fromHex(key), fromHex(value)]);
}

function verdict(body: () => void): string {
  try {
    body();
    return "(accepted)";
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}

/** Texts that carry more detail than the reference's. */
function sameReason(actual: string, expected: string): boolean {
  return (
    actual === expected || actual.startsWith(`${expected}: `) || actual === expected.replace("hash: ", "verifier: ")
  );
}

function runBadProof({ note, expected_root, go_result, proof: encoded }: BadProof): void {
  const proof = decodeCbor(Proof, fromBase64(encoded));
  const root = packedFromHex(expected_root);
  const lenient = verdict(() => verifyClaimedProof(root, proof, { lenient: true }));
  assert.ok(sameReason(lenient, go_result), `got ${lenient}, expected ${go_result}`);
  // Outside chunks what no encoder writes is refused too.
  const malleable = note.includes("trailing bytes");
  const strict = verdict(() => verifyClaimedProof(root, proof));
  if (malleable) assert.match(strict, /unexpected bytes/);
  else assert.equal(strict === "(accepted)", lenient === "(accepted)", `strict: ${strict}`);
}

/** Served proofs bit for bit, what they prove, and the verdict on bad ones. */
export const suite: Suite = {
  file: "mkvs/proofs",
  run(r: Recorder): void {
    const file = loadVector<File>("mkvs/proofs");
    if (!file) return;
    const { namespace, version } = file.root;
    const served = treeOf(bytesOf(file.items), { namespace, version: BigInt(version), type: RootType.state });
    r.case("root", () => assert.equal(served.syncRoot.hash, file.root.hash));
    for (const testCase of file.cases) {
      r.case(`${testCase.kind} ${testCase.note}`, () => runCase(file, served, testCase));
    }
    for (const bad of file.bad_proofs) r.case(`verdict: ${bad.note}`, () => runBadProof(bad));
  },
};
