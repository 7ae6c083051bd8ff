import assert from "node:assert/strict";
import { test } from "node:test";

import { isError } from "@wadi/util";

import { nodeDescriptor, runtimeIds } from "../../genesis/sanity/testing/fixture.ts";
import type { Node } from "../../node/node.ts";
import type { Hash } from "../../scalars/hash.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import type { Version } from "../../version/version.ts";
import { ErrNodeUpdateNotAllowed, ErrRuntimeUpdateNotAllowed } from "../errors.ts";
import { ConsensusParameters } from "../parameters.ts";
import { Runtime, type VersionInfo } from "../runtime.ts";
import { activeDeployment, nextDeployment } from "./deployments.ts";
import { sortNodes } from "./node-basic.ts";
import { verifyNodeUpdate } from "./node-update.ts";
import { verifyRuntimeUpdate } from "./runtime-update.ts";
import { verifyRuntimeNew } from "./verify-runtime.ts";

const version = (major: number): Version => ({ major, minor: 0, patch: 0 });
const deployment = (major: number, validFrom: bigint, changes: Partial<VersionInfo> = {}): VersionInfo => ({
  version: version(major),
  validFrom,
  tee: null,
  bundleChecksum: new Uint8Array(),
  ...changes,
});

const params = ConsensusParameters.zero();
const EPOCH = 10n;
const runtime: Runtime = {
  ...Runtime.zero(),
  id: runtimeIds.compute,
  kind: 1,
  governanceModel: 1,
  deployments: [deployment(1, 0n), deployment(2, 12n)],
};

const refused = (kind: Parameters<typeof isError>[1]) => (e: unknown) => isError(e, kind);

const runtimeChanges: readonly (readonly [string, Partial<Runtime>, boolean, Partial<Runtime>?])[] = [
  ["nothing", {}, true],
  ["ID", { id: runtimeIds.suspended }, false],
  ["kind", { kind: 2 }, false],
  ["genesis root", { genesis: { ...runtime.genesis, stateRoot: "11".repeat(32) as Hash } }, false],
  ["genesis round", { genesis: { ...runtime.genesis, round: 1n } }, false],
  ["added key manager", { keyManager: runtimeIds.keyManager }, true],
  ["removed key manager", {}, false, { keyManager: runtimeIds.keyManager }],
  ["changed key manager", { keyManager: runtimeIds.keyManager }, false, { keyManager: runtimeIds.test }],
  ["kept key manager", { keyManager: runtimeIds.test }, true, { keyManager: runtimeIds.test }],
  ["entity to runtime governance", { governanceModel: 2 }, true],
  ["entity to consensus governance", { governanceModel: 3 }, false],
  ["runtime to entity governance", {}, false, { governanceModel: 2 }],
  [
    "owner and parameters",
    { entityId: "ab".repeat(32) as PublicKey, executor: { ...runtime.executor, groupSize: 9 } },
    true,
  ],
  ["future deployment dropped", { deployments: [deployment(1, 0n)] }, true],
  ["future deployment moved", { deployments: [deployment(1, 0n), deployment(2, 20n)] }, true],
  ["future deployment moved to now", { deployments: [deployment(1, 0n), deployment(2, 10n)] }, false],
  ["new future deployment", { deployments: [deployment(1, 0n), deployment(3, 11n)] }, true],
  ["new deployment of the past", { deployments: [deployment(1, 0n), deployment(3, 9n)] }, false],
  ["active deployment changed", { deployments: [deployment(1, 0n, { bundleChecksum: new Uint8Array(32) })] }, false],
  ["active deployment removed", { deployments: [deployment(2, 12n)] }, false],
  ["malformed deployments", { deployments: [deployment(1, 0n), deployment(1, 12n)] }, false],
  ["no deployments", { deployments: [] }, false],
  [
    "first deployment in the future",
    { deployments: [deployment(3, 11n)] },
    true,
    { deployments: [deployment(2, 12n)] },
  ],
  ["first deployment at once", { deployments: [deployment(2, 10n)] }, false, { deployments: [deployment(2, 12n)] }],
];

for (const [name, changes, allowed, before = {}] of runtimeChanges) {
  test(`runtime update: ${name}`, () => {
    const run = (): void =>
      verifyRuntimeUpdate({ ...runtime, ...before }, { ...runtime, ...changes }, EPOCH, params, true);
    if (allowed) run();
    else assert.throws(run, refused(ErrRuntimeUpdateNotAllowed));
  });
}

test("runtime governance stays with compute runtimes", () => {
  const keyManager = { ...runtime, kind: 2 };
  const run = (): void => verifyRuntimeUpdate(keyManager, { ...keyManager, governanceModel: 2 }, EPOCH, params, true);
  assert.throws(run, refused(ErrRuntimeUpdateNotAllowed));
});

test("a first registration may not be in force at once", () => {
  const isGenesis = false;
  assert.throws(() => verifyRuntimeNew(runtime, EPOCH, params, { isGenesis }), refused(ErrRuntimeUpdateNotAllowed));
  verifyRuntimeNew(runtime, EPOCH, params, { isGenesis: true });
  verifyRuntimeNew(runtime, EPOCH, { ...params, debugDeployImmediately: true }, { isGenesis });
  verifyRuntimeNew({ ...runtime, deployments: [deployment(1, 11n)] }, EPOCH, params, { isGenesis });
});

test("active and next deployment", () => {
  const many = {
    ...runtime,
    deployments: [deployment(3, 20n), deployment(1, 0n), deployment(2, 10n), deployment(4, 15n)],
  };
  assert.equal(activeDeployment(many, EPOCH)?.version.major, 2);
  assert.equal(activeDeployment(many, 9n)?.version.major, 1);
  assert.equal(nextDeployment(many, EPOCH)?.version.major, 4);
  assert.equal(nextDeployment(many, 20n), undefined);
  assert.equal(activeDeployment({ ...many, deployments: [deployment(1, 11n)] }, EPOCH), undefined);
});

const entry = (major: number, tee: number | null = null): NonNullable<Node["runtimes"]>[number] => ({
  id: runtimeIds.compute,
  version: version(major),
  capabilities: {
    tee: tee === null ? null : { hardware: tee, rak: "00".repeat(32) as PublicKey, rek: null, attestation: null },
  },
  extraInfo: null,
});
const node = nodeDescriptor({ expiration: 20n, roles: 1 | 8, runtimes: [entry(1), entry(2)] });

const nodeChanges: readonly (readonly [string, Partial<Node>, boolean, Partial<Node>?, Partial<Runtime>?])[] = [
  ["nothing", {}, true],
  ["ID", { id: "11".repeat(32) as PublicKey }, false],
  ["entity", { entityId: "11".repeat(32) as PublicKey }, false],
  ["consensus key", { consensus: { ...node.consensus, id: "11".repeat(32) as PublicKey } }, false],
  [
    "consensus key of an expired node",
    { consensus: { ...node.consensus, id: "11".repeat(32) as PublicKey } },
    false,
    { expiration: 9n },
  ],
  [
    "P2P, TLS and VRF keys",
    {
      p2p: { ...node.p2p, id: "11".repeat(32) as PublicKey },
      tls: { pubKey: "12".repeat(32) as PublicKey },
      vrf: { id: "13".repeat(32) as PublicKey },
    },
    true,
  ],
  ["runtime dropped", { runtimes: [] }, false],
  ["runtime dropped by an expired node", { runtimes: [] }, true, { expiration: 9n }],
  ["scheduled version dropped", { runtimes: [entry(1)] }, false],
  ["active version dropped", { runtimes: [entry(2)] }, false],
  [
    "unscheduled version dropped",
    { runtimes: [entry(1), entry(2)] },
    true,
    { runtimes: [entry(1), entry(2), entry(7)] },
  ],
  [
    "outdated version dropped",
    { runtimes: [entry(2)] },
    true,
    {},
    { deployments: [deployment(1, 0n), deployment(2, 9n)] },
  ],
  [
    "versions dropped without an active deployment",
    { runtimes: [entry(3)] },
    true,
    {},
    { deployments: [deployment(1, 11n)] },
  ],
  ["version added", { runtimes: [entry(1), entry(2), entry(3)] }, true],
  ["version twice", { runtimes: [entry(1), entry(2), entry(2)] }, false],
  ["TEE gained", { runtimes: [entry(1, 1), entry(2)] }, false],
  ["TEE lost", { runtimes: [entry(1), entry(2)] }, false, { runtimes: [entry(1, 1), entry(2)] }],
  ["TEE hardware changed", { runtimes: [entry(1, 2), entry(2)] }, false, { runtimes: [entry(1, 1), entry(2)] }],
  ["TEE kept", { runtimes: [entry(1, 1), entry(2)] }, true, { runtimes: [entry(1, 1), entry(2)] }],
  ["one of two roles dropped", { roles: 8 }, true],
  ["roles exchanged", { roles: 4 }, false],
  ["role added", { roles: 1 | 2 | 8 }, true],
];

for (const [name, changes, allowed, before = {}, ofRuntime = {}] of nodeChanges) {
  test(`node update: ${name}`, () => {
    const runtimes = { anyRuntime: () => ({ ...runtime, ...ofRuntime }) };
    const run = (): void => verifyNodeUpdate({ ...node, ...before }, { ...node, ...changes }, runtimes, EPOCH);
    if (allowed) run();
    else assert.throws(run, refused(ErrNodeUpdateNotAllowed));
  });
}

test("node update: runtime that is no longer known", () => {
  const run = (): void => verifyNodeUpdate(node, node, { anyRuntime: () => undefined }, EPOCH);
  assert.throws(run, refused(ErrNodeUpdateNotAllowed));
});

test("nodes sort by their raw IDs", () => {
  const sorted = sortNodes([{ id: "ff00" }, { id: "00ff" }, { id: "0a00" }]);
  assert.deepEqual(sorted, [{ id: "00ff" }, { id: "0a00" }, { id: "ff00" }]);
});
