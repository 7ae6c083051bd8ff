import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { test } from "node:test";

import { decodeCbor, encodeCbor } from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { formatVersion, type Hash, type Namespace, version } from "@wadi/types";

import { ManualTimers } from "@wadi/runtime-protocol/testing";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { fileOfBytes } from "./bundle-file.ts";
import { BundleManager, type BundleManagerOptions, neededBundles } from "./bundle-manager.ts";
import { BundleRegistry, chosenTeeKind, isComponentEnabled } from "./bundle-registry.ts";
import { displayComponentId, RONL, TeeKind } from "./component-id.ts";
import { downloadBundle, metadataUrl, validateRegistryUrl } from "./downloads.ts";
import { BundleError, type BundleErrorKind } from "./errors.ts";
import { originOf } from "./managed-bundles.ts";
import {
  BundleAddRequest,
  BundleListResponse,
  BundleWriteRequest,
  LogGetRequest,
  managementEndpoints,
  type Permission,
  VolumeAddResponse,
} from "./management-endpoints.ts";
import { findComponent, parseManifest } from "./manifest.ts";
import { explodedPath, temporaryBundlesPath, volumesPath } from "./paths.ts";
import { TemporaryBundles } from "./temporary-bundles.ts";
import { VolumeManager } from "./volumes.ts";
import { withDigests, writeBundle } from "./write-bundle.ts";

const RUNTIME = `8${"0".repeat(62)}1` as Namespace;
const KEY_MANAGER = `c${"0".repeat(62)}1` as Namespace;
const ELF = fileOfBytes(Buffer.from("\x7fELF"));

interface Sample {
  readonly path: string;
  readonly hash: Hash;
}

/** A bundle with one component and some bytes that tell it from others. */
async function sample(path: string, component: object, id: string = RUNTIME, salt = ""): Promise<Sample> {
  const files = new Map([
    ["app.elf", ELF],
    ["salt", fileOfBytes(Buffer.from(salt))],
  ]);
  const manifest = parseManifest(
    JSON.stringify({ id, components: [{ elf: { executable: "app.elf" }, ...component }] }),
  );
  return { path, hash: await writeBundle(path, await withDigests(manifest, files), files) };
}

const ronl = (major: number): object => ({ kind: "ronl", version: { major } });

interface Managed extends AsyncDisposable {
  readonly manager: BundleManager;
  readonly registry: BundleRegistry;
  readonly volumes: VolumeManager;
  readonly timers: ManualTimers;
}

async function managed(dataDir: string, more: Partial<BundleManagerOptions> = {}): Promise<Managed> {
  const registry = new BundleRegistry();
  const volumes = await VolumeManager.open(volumesPath(dataDir));
  const timers = new ManualTimers();
  const manager = new BundleManager({ registry, volumes, timers }, { dataDir, runtimeIds: [RUNTIME], ...more });
  return { manager, registry, volumes, timers, [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose]() };
}

const refusedWith =
  (kind: BundleErrorKind, text?: RegExp) =>
  (e: unknown): boolean => {
    assert.ok(e instanceof BundleError, String(e));
    assert.equal(e.kind, kind, e.message);
    if (text !== undefined) assert.match(e.message, text);
    return true;
  };

test("start: unpacks what is named, keeps what is needed, removes the rest", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.at("data");
  const one = await sample(folder.at("1.orc"), ronl(1));
  const app = await sample(folder.at("app.orc"), { kind: "rofl", name: "app" });
  const foreign = await sample(folder.at("foreign.orc"), ronl(1), `8${"0".repeat(62)}2`);
  {
    await using first = await managed(dataDir, { paths: [one.path, app.path, foreign.path] });
    await first.manager.start();
    const listed = first.registry.components(RUNTIME).map(({ component }) => displayComponentId(component));
    assert.deepEqual(listed, ["rofl (app)", "ronl"]);
    assert.ok(!existsSync(explodedPath(dataDir, foreign.hash)));
  }
  await mkdir(explodedPath(dataDir, "no-manifest" as Hash));
  await writeFile(`${temporaryBundlesPath(dataDir)}/leftover`, "x");
  // Now nothing is named: the detached bundle goes, the regular one stays.
  await using second = await managed(dataDir);
  await second.manager.start();
  assert.deepEqual(second.registry.versions(RUNTIME).map(formatVersion), ["1.0.0"]);
  assert.deepEqual((await readdir(`${dataDir}/runtimes/bundles`)).sort(), [one.hash, "no-manifest"].sort());
  assert.deepEqual(await readdir(temporaryBundlesPath(dataDir)), []);
});

test("adding and removing at run time; refusals leave nothing", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.at("data");
  await using state = await managed(dataDir);
  const { manager, registry } = state;
  await manager.start();
  const seen: string[] = [];
  const unwatch = registry.watch(RUNTIME, (notification) => seen.push(notification.type));
  const one = await sample(folder.at("1.orc"), ronl(1));
  await Promise.all([manager.add(one.path), manager.add(one.path)]);
  const two = await sample(folder.at("2.orc"), ronl(2));
  await manager.add(two.path);
  assert.deepEqual(registry.versions(RUNTIME).map(formatVersion), ["1.0.0", "2.0.0"]);

  const again = await sample(folder.at("again.orc"), ronl(2), RUNTIME, "other");
  await assert.rejects(
    manager.add(again.path),
    refusedWith(
      "duplicateComponent",
      /^failed to register manifest: duplicate component 'ronl', version '2\.0\.0', for runtime '8/,
    ),
  );
  const keys = await sample(folder.at("km.orc"), ronl(1), KEY_MANAGER);
  await assert.rejects(manager.add(keys.path), refusedWith("keyManager", /^not allowed to add key manager bundle$/));
  await assert.rejects(manager.add(one.path, { manifestHash: two.hash }), refusedWith("manifestHash"));
  const many = new Map(Array.from({ length: 1025 }, (_, i) => [String(i), ""]));
  await assert.rejects(manager.add(one.path, { labels: many }), refusedWith("labels", /^too many labels$/));
  await assert.rejects(manager.add(one.path, { labels: new Map([["x", "y".repeat(1025)]]) }), refusedWith("labels"));
  assert.deepEqual((await readdir(`${dataDir}/runtimes/bundles`)).sort(), [one.hash, two.hash].sort());
  assert.deepEqual(await readdir(temporaryBundlesPath(dataDir)), []);

  manager.cleanUp(RUNTIME, version(2));
  await manager.idle();
  assert.deepEqual(registry.versions(RUNTIME).map(formatVersion), ["2.0.0"]);
  assert.deepEqual(await readdir(`${dataDir}/runtimes/bundles`), [two.hash]);
  assert.ok(registry.remove(two.hash));
  assert.ok(!registry.remove(two.hash));
  assert.deepEqual(seen, ["added", "added", "removed"]);
  unwatch();
});

/** A registry on this machine: paths to what is answered. */
async function webServer(answers: Map<string, { status?: number; body: Uint8Array | string; hang?: boolean }>) {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const answer = answers.get(request.url ?? "");
    response.writeHead(answer?.status ?? (answer === undefined ? 404 : 200));
    if (answer?.hang === true) response.write(answer.body);
    else response.end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  const dispose = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${address.port}`, requests, [Symbol.asyncDispose]: dispose };
}

test("hot loading: by checksum, own registries first, failures are tried again", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.at("data");
  const one = await sample(folder.at("1.orc"), ronl(1));
  const two = await sample(folder.at("2.orc"), ronl(2));
  const answers = new Map<string, { status?: number; body: Uint8Array | string }>();
  await using web = await webServer(answers);
  answers.set(`/own/${one.hash}`, { body: `  ${web.url}/files/1.orc \n` });
  answers.set("/files/1.orc", { body: await readFile(one.path) });
  await using state = await managed(dataDir, {
    registries: [`${web.url}/global/`],
    runtimeRegistries: new Map([[RUNTIME, [`${web.url}/own`]]]),
  });
  const { manager, registry, timers } = state;
  await manager.start();
  manager.download(RUNTIME, [one.hash, two.hash]);
  await manager.idle();
  assert.deepEqual(registry.versions(RUNTIME).map(formatVersion), ["1.0.0"]);
  assert.deepEqual(manager.pending(RUNTIME), [two.hash]);
  assert.deepEqual(web.requests, [`/own/${one.hash}`, "/files/1.orc", `/own/${two.hash}`, `/global/${two.hash}`]);

  // What is behind the URL is another bundle; later it is the right one.
  answers.set(`/global/${two.hash}`, { body: `${web.url}/files/2.orc` });
  answers.set("/files/2.orc", { body: await readFile(one.path) });
  timers.advance(15 * 60_000);
  await manager.idle();
  assert.deepEqual(manager.pending(RUNTIME), [two.hash]);
  answers.set("/files/2.orc", { body: await readFile(two.path) });
  timers.advance(15 * 60_000);
  await manager.idle();
  assert.deepEqual(manager.pending(RUNTIME), []);
  assert.deepEqual(registry.versions(RUNTIME).map(formatVersion), ["1.0.0", "2.0.0"]);
  assert.deepEqual(await readdir(temporaryBundlesPath(dataDir)), []);

  manager.download(`8${"0".repeat(62)}2` as Namespace, [one.hash]);
  manager.download(KEY_MANAGER, [one.hash]);
  const before = web.requests.length;
  await manager.idle();
  assert.equal(web.requests.length, before);
});

test("downloads that are refused leave no file", async () => {
  await using folder = await temporaryFolder();
  const hash = hashOf(Buffer.from("x"));
  const answers = new Map<string, { status?: number; body: Uint8Array | string; hang?: boolean }>();
  await using web = await webServer(answers);
  const attempt = (limits: { maxBundleBytes?: number; timeoutMs?: number } = {}): Promise<string> =>
    downloadBundle(web.url, hash, folder.path, { maxBundleBytes: 1000, ...limits });
  await assert.rejects(
    attempt(),
    refusedWith("download", /^failed to download metadata: failed to fetch metadata: invalid status code 404$/),
  );
  answers.set(`/${hash}`, { body: "file:///etc/passwd" });
  await assert.rejects(attempt(), refusedWith("download", /unsupported protocol scheme "file"/));
  answers.set(`/${hash}`, { body: "no URL" });
  await assert.rejects(attempt(), refusedWith("download", /^invalid URL 'no URL'/));
  answers.set(`/${hash}`, { body: `${web.url}/b`, status: 500 });
  await assert.rejects(attempt(), refusedWith("download", /invalid status code 500$/));
  answers.set(`/${hash}`, { body: `${web.url}/b${" ".repeat(5000)}x` });
  await assert.rejects(attempt(), refusedWith("download", /^failed to download bundle: .* 404$/));
  for (const size of [1000, 100_000]) {
    answers.set("/b", { body: Buffer.alloc(size) });
    await assert.rejects(attempt(), refusedWith("download", /bundle exceeds size limit of 1000 bytes$/));
  }
  answers.set("/b", { body: Buffer.alloc(10), hang: true });
  await assert.rejects(attempt({ timeoutMs: 100 }), refusedWith("download", /^failed to download bundle: /));
  await assert.rejects(
    downloadBundle("http://127.0.0.1:9", hash, folder.path, { maxBundleBytes: 1 }),
    refusedWith("download"),
  );
  assert.deepEqual(await readdir(folder.path), []);
  answers.set("/b", { body: Buffer.alloc(999) });
  assert.equal((await readFile(await attempt())).length, 999);
});

test("URLs of registries", () => {
  const hash = "ab".repeat(32) as Hash;
  assert.equal(metadataUrl("https://a.example/x//", hash), `https://a.example/x/${hash}`);
  assert.equal(metadataUrl("https://a.example", hash), `https://a.example/${hash}`);
  for (const url of ["", "a.example", "ftp://a.example", "data:,x"]) {
    assert.throws(() => validateRegistryUrl(url), refusedWith("download"), url);
  }
});

test("the bundles that a runtime needs: of the active deployment and of later ones", () => {
  const deployment = (major: number, validFrom: number, size = 32) => ({
    version: version(major),
    validFrom: BigInt(validFrom),
    bundleChecksum: new Uint8Array(size).fill(major),
  });
  const deployments = [deployment(1, 0), deployment(3, 20), deployment(2, 10), deployment(4, 30, 0)];
  const needed = (epoch: number): number[] =>
    neededBundles(deployments, BigInt(epoch)).map((hash) => Number.parseInt(hash.slice(0, 2), 16));
  assert.deepEqual([needed(5), needed(10), needed(25), needed(40)], [[3, 2, 1], [3, 2], [3], []]);
});

test("where components run, and which", async () => {
  const component = findComponent(
    parseManifest(JSON.stringify({ id: RUNTIME, executable: "a", sgx: { executable: "b", signature: "" } })),
    RONL,
  );
  assert.ok(component !== undefined);
  const choose = (isClientWithoutLoader: boolean, entry?: { tee?: TeeKind }): TeeKind =>
    chosenTeeKind(RUNTIME, component, { component: () => entry, isClientWithoutLoader });
  assert.equal(choose(false), TeeKind.sgx);
  assert.equal(choose(true), TeeKind.none);
  assert.equal(choose(true, {}), TeeKind.sgx);
  assert.equal(choose(false, { tee: TeeKind.none }), TeeKind.none);
  const hosted = { runtimeId: RUNTIME, directory: "", teeKind: TeeKind.none, labels: new Map(), volumes: new Map() };
  const rofl = { ...component, kind: "rofl", name: "app" };
  const enabled = (
    isDetached: boolean,
    disabled: boolean,
    isCompute: boolean,
    entry?: { disabled: boolean },
  ): boolean => isComponentEnabled({ ...hosted, component: { ...rofl, disabled }, isDetached }, entry, isCompute);
  assert.deepEqual(
    [enabled(true, true, false), enabled(false, false, false), enabled(false, false, true), enabled(false, true, true)],
    [true, false, true, false],
  );
  assert.ok(enabled(false, true, false, { disabled: false }));
  assert.ok(!enabled(true, false, true, { disabled: true }));
});

test("volumes: made on demand, found again, removed by label", async () => {
  await using folder = await temporaryFolder();
  const volumes = await VolumeManager.open(folder.path);
  const labels = new Map([["a", "1"]]);
  const made = await volumes.getOrCreate(labels);
  assert.equal((await volumes.getOrCreate(labels)).id, made.id);
  const other = await volumes.create(new Map([["a", "2"]]));
  await mkdir(folder.at("broken"));
  const again = await VolumeManager.open(folder.path);
  assert.deepEqual(again.get(made.id), made);
  assert.equal(await again.remove(labels), 1);
  assert.deepEqual((await readdir(folder.path)).sort(), ["broken", other.id].sort());
  assert.equal(again.get(made.id), undefined);
});

test("a persistent image gets a volume of its own", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.at("data");
  await using state = await managed(dataDir);
  await state.manager.start();
  const files = new Map(["fw", "kernel", "image"].map((name) => [name, ELF]));
  const tdx = {
    firmware: "fw",
    kernel: "kernel",
    stage2_image: "image",
    stage2_persist: true,
    resources: { memory: 64, cpus: 1 },
  };
  const manifest = parseManifest(JSON.stringify({ id: RUNTIME, components: [{ kind: "rofl", name: "app", tdx }] }));
  const path = folder.at("vm.orc");
  await writeBundle(path, await withDigests(manifest, files), files);
  await assert.rejects(
    state.manager.add(path, { volumes: new Map() }),
    refusedWith("volume", /^failed to validate volumes: missing required volume 'image'$/),
  );
  const { volumes } = await state.manager.add(path);
  assert.deepEqual(Object.fromEntries(volumes.get("image")?.labels ?? []), {
    "net.oasis.volume.auto_generated": "true",
    "net.oasis.volume.runtime_id": RUNTIME,
    "net.oasis.volume.component_id": "rofl.app",
    "net.oasis.volume.name": "image",
  });
});

test("bundles from a ROFL component: written, added, listed, removed, confined to it", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.at("data");
  await using state = await managed(dataDir);
  const { manager: bundles, registry, volumes } = state;
  await bundles.start();
  const temporary = new TemporaryBundles(temporaryBundlesPath(dataDir));
  const all: Permission[] = ["bundle_add", "bundle_remove", "volume_add", "volume_remove", "log_view"];
  const endpoints = (name: string, permissions: readonly Permission[] = all) =>
    managementEndpoints({
      runtimeId: RUNTIME,
      component: { kind: "rofl", name },
      permissions: new Set(permissions),
      bundles,
      registry,
      temporary,
      volumes,
      log: () => undefined,
    });
  const own = endpoints("scheduler");
  const call = (from: typeof own, endpoint: string, method: string, args: Uint8Array): Promise<Uint8Array> => {
    const found = from[endpoint];
    assert.ok(found !== undefined);
    return found.call({ method, args }, { signal: new AbortController().signal });
  };
  const noLabels = Buffer.from("a1666c6162656c73a0", "hex");
  const { path, hash } = await sample(folder.at("app.orc"), { kind: "rofl", name: "app-one", version: { major: 3 } });
  const content = await readFile(path);
  const write = (data: Uint8Array, create: boolean, temporaryName = "t.orc"): Promise<Uint8Array> =>
    call(own, "bundle-manager", "BundleWrite", encodeCbor(BundleWriteRequest, { temporaryName, create, data }));
  await write(content.subarray(0, 100), true);
  await write(content.subarray(100), false);
  for (const name of ["../x", "a/b", "", ".."])
    await assert.rejects(write(content, true, name), refusedWith("temporary"));
  const add = (from = own, volumeIds = new Map<string, string>()): Promise<Uint8Array> =>
    call(
      from,
      "bundle-manager",
      "BundleAdd",
      encodeCbor(BundleAddRequest, {
        temporaryName: "t.orc",
        manifestHash: hash,
        labels: new Map([["net.oasis.origin", "somebody else"]]),
        volumes: volumeIds,
      }),
    );
  const volume = decodeCbor(VolumeAddResponse, await call(own, "volume-manager", "VolumeAdd", noLabels));
  const foreign = await volumes.create(new Map());
  await assert.rejects(add(own, new Map([["v", foreign.id]])), /^WadiError: volume '[0-9a-f]{64}' not found$/);
  await add(own, new Map([["v", volume.id]]));
  const listed = decodeCbor(BundleListResponse, await call(own, "bundle-manager", "BundleList", noLabels));
  const [info] = listed.bundles;
  assert.equal(listed.bundles.length, 1);
  assert.match(info?.components[0]?.name ?? "", /^[0-9a-f]{64}$/);
  assert.notEqual(info?.manifestHash, hash);
  assert.equal(info?.labels.get("net.oasis.origin"), originOf(RUNTIME, { kind: "rofl", name: "scheduler" }));
  assert.ok(existsSync(explodedPath(dataDir, info?.manifestHash ?? hash)));

  const other = endpoints("other");
  const othersList = decodeCbor(BundleListResponse, await call(other, "bundle-manager", "BundleList", noLabels));
  assert.deepEqual(othersList.bundles, []);
  await call(other, "bundle-manager", "BundleRemove", noLabels);
  assert.equal(registry.manifests.length, 1);
  const componentId = `rofl.${info?.components[0]?.name}`;
  const logs = (id: string, from = own): Promise<Uint8Array> =>
    call(from, "log-manager", "LogGet", encodeCbor(LogGetRequest, { labels: new Map(), componentId: id, since: 0 }));
  assert.equal(Buffer.from(await logs(componentId)).toString("hex"), "a1646c6f677380");
  await assert.rejects(logs("ronl"), /RONL component not allowed$/);
  await assert.rejects(logs(componentId, other), /component not found$/);
  await assert.rejects(call(endpoints("scheduler", []), "bundle-manager", "BundleList", noLabels), /forbidden$/);
  await assert.rejects(call(own, "bundle-manager", "Nonsense", noLabels), /method not supported$/);
  await call(own, "bundle-manager", "BundleRemove", noLabels);
  assert.equal(registry.manifests.length, 0);
});
