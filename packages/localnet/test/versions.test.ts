// A new version of a runtime: its bundle is added to the running node, and it takes over with the
// epoch of its deployment.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { NodeController } from "@wadi/api";
import { registryApp } from "@wadi/apps";
import { encodeCbor } from "@wadi/codec";
import { manifestHash, openBundle } from "@wadi/runtime-host";
import { formatVersion, registry, transaction, version, type Version } from "@wadi/types";
import { fromHex, must } from "@wadi/util";

import { entitySigner } from "../src/genesis.ts";
import { startLocalnet, type Localnet } from "../src/localnet.ts";
import { insertion } from "./key-value.ts";
import { availableProvisioner } from "./provisioner.ts";
import { buildNextVersion, sampleBundle } from "./sample-bundle.ts";
import { until } from "./until.ts";

const LIMIT_MS = 240_000;
const FIRST = version(0);
const NEXT = version(0, 1);
/** What an insertion gives in it. */
const ANSWER = "by the next version";
const { methods } = transaction;
let folder = "";
let nextBundle = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-versions-"));
  nextBundle = buildNextVersion(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Adds a deployment to the runtime's descriptor. */
async function deploy({ node, runtimeId }: Localnet, validFrom: bigint): Promise<void> {
  await using opened = await openBundle(nextBundle);
  const bundleChecksum = fromHex(manifestHash(opened.manifest));
  const descriptor = registryApp.registryQueries.runtime(node.backend.machine.stateAt(0), runtimeId, true);
  const deployment = { ...registry.VersionInfo.zero(), version: NEXT, validFrom, bundleChecksum };
  const changed = { ...descriptor, deployments: [...descriptor.deployments, deployment] };
  await node.consensus.submit(entitySigner(), {
    method: methods.registerRuntime.name,
    body: encodeCbor(registry.Runtime, changed),
  });
}

/** The versions with which the node is registered. */
function registered({ node, runtimeId }: Localnet): readonly string[] {
  const { publicKey } = node.identity.node;
  const { runtimes } = registryApp.registryQueries.node(node.backend.machine.stateAt(0), publicKey);
  return (runtimes ?? []).flatMap((one) => (one?.id === runtimeId ? [formatVersion(one.version)] : [])).sort();
}

const texts = (versions: readonly (Version | null)[] | null | undefined): readonly string[] =>
  (versions ?? []).map((one) => formatVersion(must(one)));

test("a version that is added runs from the epoch of its deployment on", { timeout: LIMIT_MS }, async () => {
  const common = { ...sampleBundle(), dataDir: join(folder, "kept"), provisioner: availableProvisioner() };
  let round: bigint;
  {
    await using net = await startLocalnet(common);
    await net.submit(insertion("a", 0n, "key", "first"));
    using connection = net.connect();
    const control = connection.of(NodeController);
    const hosted = async () => must((await control.GetStatus()).runtimes.get(net.runtimeId)).committee;
    assert.deepEqual(texts((await hosted())?.host.versions), ["0.0.0"]);

    await assert.rejects(control.AddBundle("/nowhere/x.orc"), /failed to open bundle: .*\/nowhere\/x\.orc/);
    await control.AddBundle(nextBundle);
    assert.deepEqual(texts((await hosted())?.host.versions), ["0.0.0", "0.1.0"]);
    assert.deepEqual(registered(net), ["0.0.0"], "nothing deploys it yet");

    const { latestEpoch: epoch } = net.node.backend.status();
    await deploy(net, epoch + 2n);
    await until(net, () => registered(net).length === 2, "both versions are registered");
    assert.deepEqual(registered(net), ["0.0.0", "0.1.0"]);
    await net.setEpoch(epoch + 1n);
    assert.notEqual((await net.submit(insertion("a", 1n, "key", "second"))).output?.length, 0);
    assert.deepEqual((await hosted())?.activeVersion, FIRST);

    await net.setEpoch(epoch + 2n);
    const { output, round: at } = await net.submit(insertion("a", 2n, "key", "third"));
    assert.ok(Buffer.from(must(output)).includes(ANSWER), "executed by the next version");
    round = at;
    assert.deepEqual((await hosted())?.activeVersion, NEXT);
    assert.deepEqual(net.worker.runtime.info?.runtimeVersion, NEXT);
    await until(net, () => !registered(net).includes("0.0.0"), "the old version is given up");
  }
  // What was added is there after a restart, beside the bundle that is named.
  await using net = await startLocalnet(common);
  const { output, round: at } = await net.submit(insertion("a", 3n, "key", "fourth"));
  assert.ok(Buffer.from(must(output)).includes(ANSWER));
  assert.ok(at > round);
});
