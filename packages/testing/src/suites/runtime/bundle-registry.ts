import assert from "node:assert/strict";

import { metadataUrl, validateRegistryUrl } from "@wadi/runtime-host";
import type { Hash } from "@wadi/types";

import type { Suite } from "../../ledger.ts";
import { loadVector } from "../../vectors.ts";

const BASES = ["https://registry.example/metadata", "https://registry.example/metadata/"];

export const suite: Suite = {
  file: "runtime/bundle-registry",
  run(r) {
    const entries = Object.entries(
      loadVector<{ entries: Record<string, string> }>("runtime/bundle-registry")?.entries ?? {},
    );
    for (const [hash, url] of entries) {
      r.case(hash, () => {
        for (const base of BASES) assert.equal(metadataUrl(base, hash as Hash), `${BASES[0]}/${hash}`);
        assert.equal(validateRegistryUrl(url), url);
      });
    }
    // Name = hash of the bundle behind the URL.
    if (entries.length > 0) r.leaveOut("the bundles themselves are on the web", entries.length);
  },
};
