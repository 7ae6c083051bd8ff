import assert from "node:assert/strict";

import {
  LABEL_INSTANCE_ID,
  LABEL_ORIGIN,
  manifestHash,
  parseManifest,
  rewriteManaged,
  temporaryDirectoryOf,
} from "@wadi/runtime-host";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

interface ManagedFile {
  readonly cases: readonly {
    readonly origin: string;
    readonly instance_id: string;
    readonly old_names: readonly string[];
    readonly new_names: readonly string[];
    readonly rewritten_manifest_hash: string;
    readonly temporary_directory: string;
  }[];
}

export const suite: Suite = {
  file: "runtime/managed-bundles",
  run(r) {
    for (const recorded of loadVector<ManagedFile>("runtime/managed-bundles")?.cases ?? []) {
      const { origin, instance_id: instanceId } = recorded;
      r.case(`instance "${instanceId}"`, () => {
        const version = { major: 1, minor: 2 };
        const components = recorded.old_names.map((name) => ({ kind: "rofl", name, version }));
        const manifest = parseManifest(JSON.stringify({ name: "any", id: origin.slice(0, 64), version, components }));
        const labels = new Map([
          [LABEL_ORIGIN, origin],
          [LABEL_INSTANCE_ID, instanceId],
        ]);
        const rewritten = rewriteManaged(manifest, labels);
        assert.deepEqual(
          rewritten.components.map(({ name }) => name),
          recorded.new_names,
        );
        assert.equal(manifestHash(rewritten), recorded.rewritten_manifest_hash);
        assert.equal(temporaryDirectoryOf(origin), recorded.temporary_directory);
      });
    }
  },
};
