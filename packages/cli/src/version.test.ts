import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { formatVersion, protocolVersions } from "@wadi/types";

import { PROTOCOLS, SOFTWARE_VERSION, versionText } from "./version.ts";

test("the repeated versions are those of the packages", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  assert.equal(SOFTWARE_VERSION, manifest.version);
  assert.deepEqual(PROTOCOLS, {
    consensus: formatVersion(protocolVersions.consensusProtocol),
    runtimeHost: formatVersion(protocolVersions.runtimeHostProtocol),
    runtimeCommittee: formatVersion(protocolVersions.runtimeCommitteeProtocol),
  });
});

test("seven lines, the protocols where tools look for them", () => {
  const lines = versionText().split("\n");
  assert.equal(lines.length, 8);
  assert.deepEqual(lines.slice(0, 6), [
    `Software version: ${SOFTWARE_VERSION}`,
    "Consensus:",
    "  Consensus protocol version: 7.0.0",
    "Runtime:",
    "  Host protocol version:      5.1.0",
    "  Committee protocol version: 5.0.0",
  ]);
});
