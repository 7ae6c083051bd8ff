import assert from "node:assert/strict";
import { test } from "node:test";
import { isDecodeError } from "@wadi/codec";
import fc from "fast-check";

import { FEATURE_26_1, hasFeature } from "./feature.ts";
import {
  COMETBFT_APP_VERSION,
  compareVersions,
  convertGoModuleVersion,
  formatVersion,
  parseVersion,
  protocolsCompatible,
  protocolVersions,
  validateProtocolVersions,
  version,
  versionFromU64,
  versionToU64,
} from "./version.ts";

const part = fc.nat({ max: 0xffff });
const anyVersion = fc.tuple(part, part, part).map(([major, minor, patch]) => version(major, minor, patch));

test("the number orders versions as comparison does", () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => {
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(Number(versionToU64(a) - versionToU64(b))));
      assert.deepEqual(versionFromU64(versionToU64(a)), a);
      assert.deepEqual(parseVersion(formatVersion(a)), a);
    }),
  );
});

test("CometBFT sees the major version alone", () => assert.equal(COMETBFT_APP_VERSION, 30064771072n));

test("texts beyond the vectors", () => {
  assert.deepEqual(parseVersion("26.1-dirty"), version(26, 1));
  for (const text of ["1..2", "1.65536", "v1", " 1"]) assert.throws(() => parseVersion(text), isDecodeError, text);
});

test("versions of Go modules", () => {
  assert.equal(convertGoModuleVersion("v0.2601.0"), "26.1");
  assert.equal(convertGoModuleVersion("v0.2512.3"), "25.12.3");
  assert.equal(convertGoModuleVersion("v1.2.3"), undefined);
});

test("compatibility looks at major versions only, validity at all three versions", () => {
  const patched = { ...protocolVersions, consensusProtocol: version(7, 9, 9) };
  assert.ok(protocolsCompatible(protocolVersions, patched));
  assert.ok(!protocolsCompatible(protocolVersions, { ...patched, runtimeHostProtocol: version(6) }));
  validateProtocolVersions(protocolVersions);
  const unset = { ...protocolVersions, runtimeCommitteeProtocol: version(0) };
  assert.throws(() => validateProtocolVersions(unset), { name: "ValidationError" });
});

test("a feature needs a version that is set and high enough", () => {
  assert.ok(!hasFeature({ featureVersion: null }, FEATURE_26_1));
  assert.ok(!hasFeature({ featureVersion: version(26, 0, 9) }, FEATURE_26_1));
  assert.ok(hasFeature({ featureVersion: version(26, 1) }, FEATURE_26_1));
});
