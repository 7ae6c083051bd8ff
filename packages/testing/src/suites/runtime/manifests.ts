import assert from "node:assert/strict";

import { encodeCbor } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import {
  BundleError,
  formatManifest,
  hashedForm,
  isDetached,
  Manifest,
  manifestHash,
  manifestProblem,
  parseManifest,
} from "@wadi/runtime-host";
import { toHex } from "@wadi/util";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface ManifestCase {
  readonly name: string;
  readonly manifest: object;
  readonly unmarshal_error?: string;
  readonly validate_error?: string;
  readonly detached: boolean;
  readonly hashed_cbor: string;
  readonly manifest_hash: string;
  readonly reserialized_json?: string;
}

interface ManifestFile {
  readonly cases: readonly ManifestCase[];
  readonly from_test_network: readonly ManifestCase[];
  readonly digest_example: { readonly content_utf8: string; readonly sha512_256: string };
}

function check(recorded: ManifestCase): void {
  const json = JSON.stringify(recorded.manifest);
  if (recorded.unmarshal_error !== undefined) {
    assert.throws(
      () => parseManifest(json),
      (e) => e instanceof BundleError && e.kind === "manifest",
    );
    return;
  }
  const manifest = parseManifest(json);
  assert.equal(manifestProblem(manifest), recorded.validate_error);
  assert.equal(isDetached(manifest), recorded.detached);
  assert.equal(toHex(encodeCbor(Manifest, hashedForm(manifest))), recorded.hashed_cbor);
  assert.equal(manifestHash(manifest), recorded.manifest_hash);
  const written = formatManifest(manifest);
  if (recorded.reserialized_json !== undefined) assert.equal(written, recorded.reserialized_json);
  assert.equal(manifestHash(parseManifest(written)), recorded.manifest_hash, "after writing and reading");
}

export const suite: Suite = {
  file: "runtime/manifests",
  run(r) {
    const file = loadVector<ManifestFile>("runtime/manifests");
    if (file === undefined) return;
    for (const recorded of [...file.cases, ...file.from_test_network]) {
      r.case(recorded.name, () => check(recorded));
    }
    const { content_utf8: content, sha512_256: digest } = file.digest_example;
    r.case("digest of a file", () => assert.equal(hashOf(Buffer.from(content)), digest));
  },
};
