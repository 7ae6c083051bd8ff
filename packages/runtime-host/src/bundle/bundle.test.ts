import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { hashOf } from "@wadi/crypto";
import { debugSigstruct, fortanixDummyKey, FORTANIX_DUMMY_MR_SIGNER, mrEnclaveOfSgxs } from "@wadi/tee";
import type { Namespace } from "@wadi/types";
import { mutate, Prng } from "@wadi/testing";

import { rawZip, type RawEntry } from "../testing/raw-zip.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { localLimits } from "./limits.ts";
import { openBundle } from "./bundle.ts";
import { type BundleFile, fileOfBytes, readFileBytes } from "./bundle-file.ts";
import { parseComponentId } from "./component-id.ts";
import { enclaveIdentities } from "./enclave-files.ts";
import { BundleError, type BundleErrorKind } from "./errors.ts";
import { explodeBundle } from "./explode.ts";
import { findComponent, formatManifest, type Manifest, MANIFEST_NAME, parseManifest } from "./manifest.ts";
import { withDigests, writeBundle } from "./write-bundle.ts";

const RUNTIME = `8${"0".repeat(62)}1`;
const ELF = Buffer.from("\x7fELF and so on");

function manifestOf(more: object): Manifest {
  return parseManifest(JSON.stringify({ name: "test", id: RUNTIME, ...more }));
}

const ronl = { kind: "ronl", version: { major: 1, minor: 2, patch: 3 }, elf: { executable: "runtime.elf" } };
const files = new Map<string, BundleFile>([
  ["runtime.elf", fileOfBytes(ELF)],
  ["empty", fileOfBytes(new Uint8Array(0))],
]);

const refusedWith =
  (kind: BundleErrorKind, text?: RegExp) =>
  (e: unknown): boolean => {
    assert.ok(e instanceof BundleError, String(e));
    assert.equal(e.kind, kind, e.message);
    if (text !== undefined) assert.match(e.message, text);
    return true;
  };

async function writeSample(path: string): Promise<string> {
  return writeBundle(path, await withDigests(manifestOf({ components: [ronl] }), files), files);
}

test("a bundle that was written opens, verifies and unpacks; equal input gives equal bytes", async () => {
  await using folder = await temporaryFolder();
  const hash = await writeSample(folder.at("a.orc"));
  assert.equal(await writeSample(folder.at("b.orc")), hash);
  assert.deepEqual(await readFile(folder.at("a.orc")), await readFile(folder.at("b.orc")));
  assert.equal((await stat(folder.at("a.orc"))).mode & 0o777, 0o600);

  await using bundle = await openBundle(folder.at("a.orc"), { runtimeId: RUNTIME as Namespace });
  assert.equal(bundle.manifestHash, hash);
  assert.equal(bundle.fileName, `${hash}.orc`);
  assert.deepEqual([...bundle.files.keys()], ["empty", "runtime.elf"]);

  const dir = folder.at("exploded");
  await explodeBundle(bundle, dir, folder.path);
  assert.deepEqual(await readFile(join(dir, "runtime.elf")), ELF);
  assert.equal((await stat(join(dir, "runtime.elf"))).mode & 0o777, 0o700);
  assert.equal((await stat(join(dir, "empty"))).mode & 0o777, 0o600);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  assert.deepEqual(parseManifest(await readFile(join(dir, MANIFEST_NAME))), bundle.manifest);

  // Again: nothing to do. With a file missing: only that one. With a damaged one: refused.
  await explodeBundle(bundle, dir, folder.path);
  await truncate(join(dir, "runtime.elf"), 3);
  await assert.rejects(explodeBundle(bundle, dir, folder.path), refusedWith("corruptedAsset", /corrupted asset: '/));
  await chmod(dir, 0o700);
  assert.deepEqual((await readdir(folder.path)).sort(), ["a.orc", "b.orc", "exploded"]);
});

test("what is expected is checked before the contents", async () => {
  await using folder = await temporaryFolder();
  const hash = await writeSample(folder.at("a.orc"));
  const other = hashOf(Buffer.from("other"));
  await assert.rejects(
    openBundle(folder.at("a.orc"), { manifestHash: other }),
    refusedWith(
      "manifestHash",
      new RegExp(`^runtime/bundle: invalid manifest \\(got: ${hash}, expected: ${other}\\)$`),
    ),
  );
  const id = `c${"0".repeat(63)}` as Namespace;
  await assert.rejects(openBundle(folder.at("a.orc"), { runtimeId: id }), refusedWith("runtimeId"));
});

test("refuses to write what it would refuse to read, and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const manifest = manifestOf({ components: [ronl] });
  const path = folder.at("a.orc");
  await assert.rejects(writeBundle(path, manifest, files), refusedWith("manifest", /missing digest: '/));
  await assert.rejects(
    writeBundle(path, await withDigests(manifest, new Map()), new Map()),
    refusedWith("manifest", /missing ronl: ELF executable in bundle$/),
  );
  for (const name of ["a/b", "../a", "/a", "", ".", "..", "x".repeat(256), "a\0b"]) {
    await assert.rejects(withDigests(manifest, new Map([[name, fileOfBytes(ELF)]])), refusedWith("invalidName"), name);
  }
  const failing: BundleFile = { sizeBytes: 1, open: () => Promise.reject(new Error("gone")) };
  await assert.rejects(writeBundle(path, await withDigests(manifest, files), new Map([...files, ["empty", failing]])));
  assert.deepEqual(await readdir(folder.path), []);
});

const good = formatManifest({
  ...manifestOf({ components: [ronl] }),
  digests: new Map([["runtime.elf", hashOf(ELF)]]),
});
const goodManifest: RawEntry = { name: MANIFEST_NAME, content: good };
const elf: RawEntry = { name: "runtime.elf", content: ELF };

const hostile: readonly (readonly [string, readonly RawEntry[], BundleErrorKind, RegExp?])[] = [
  ["manifest not first", [elf, goodManifest], "archive", /invalid manifest file name: 'runtime.elf'$/],
  ["manifest in lower case", [{ ...goodManifest, name: "meta-inf/manifest.mf" }, elf], "archive"],
  ["a directory", [goodManifest, elf, { name: "a/b", content: "" }], "path", /failed to sanitize path 'a\/b'$/],
  ["an absolute path", [goodManifest, elf, { name: "/a", content: "" }], "path"],
  ["a parent", [goodManifest, elf, { name: "../a", content: "" }], "path"],
  ["no name", [goodManifest, elf, { name: "", content: "" }], "path"],
  ["the directory itself", [goodManifest, elf, { name: ".", content: "" }], "path"],
  ["the directory above", [goodManifest, elf, { name: "..", content: "" }], "path"],
  ["a zero byte", [goodManifest, elf, { name: "a\0b", content: "" }], "path"],
  ["no UTF-8", [goodManifest, elf, { name: Uint8Array.of(0x61, 0xff), content: "" }], "path"],
  ["a second manifest", [goodManifest, elf, { ...goodManifest, content: "{}" }], "path"],
  ["an over-long name", [goodManifest, elf, { name: "x".repeat(256), content: "" }], "path"],
  ["no digest", [goodManifest, elf, { name: "extra", content: "x" }], "digest", /missing digest: 'extra'$/],
  ["a wrong digest", [goodManifest, { ...elf, content: "other" }], "digest", /invalid digest: 'runtime.elf'$/],
  ["a duplicate with other content", [goodManifest, elf, { ...elf, content: "other" }], "digest"],
  ["a missing file", [goodManifest], "missingFile", /missing ronl: ELF executable in bundle$/],
  ["a size too small", [goodManifest, { ...elf, claimedSize: 3, compressed: true }], "archive"],
  ["a size too large", [goodManifest, { ...elf, claimedSize: 300, compressed: true }], "archive"],
  ["a wrong checksum", [goodManifest, { ...elf, claimedChecksum: 1 }], "archive", /zip: checksum error$/],
  ["a foreign method", [goodManifest, { ...elf, method: 14 }], "archive"],
  ["no JSON", [{ ...goodManifest, content: "no" }, elf], "manifest"],
  ["an unknown kind", [{ ...goodManifest, content: good.replace('"ronl"', '"tool"') }, elf], "manifest"],
  ["a null component", [{ ...goodManifest, content: `{"id":"${RUNTIME}","components":[null]}` }], "manifest"],
  ["a bomb that says so", [goodManifest, { ...elf, claimedSize: 2 ** 31, compressed: true }], "tooLarge"],
  [
    "a bomb that does not",
    [goodManifest, { ...elf, content: Buffer.alloc(2 ** 24), claimedSize: ELF.length, compressed: true }],
    "archive",
  ],
  ["a huge manifest", [{ ...goodManifest, content: " ".repeat(2 ** 20 + 1), compressed: true }], "tooLarge"],
  [
    "too many files",
    [goodManifest, ...Array.from({ length: 100 }, (_, i) => ({ name: `f${i}`, content: "" }))],
    "tooLarge",
  ],
];

test("hostile archives are refused and leave nothing", async () => {
  await using folder = await temporaryFolder();
  const limits = { entries: 100, unpackedBytes: 2 ** 30, manifestBytes: 2 ** 20 };
  const path = folder.at("x.orc");
  for (const [name, entries, kind, text] of hostile) {
    await writeFile(path, rawZip(entries));
    await assert.rejects(openBundle(path, { limits }), refusedWith(kind, text), name);
    const unpack = async (): Promise<void> => {
      await using bundle = await openBundle(path, { limits, isToBeExploded: true });
      await explodeBundle(bundle, folder.at("exploded"), folder.path);
    };
    await assert.rejects(unpack(), refusedWith(kind, text), `${name}, unpacked`);
  }
  for (const bytes of [Buffer.alloc(0), Buffer.from("PK"), Buffer.alloc(4096), rawZip([])]) {
    await writeFile(path, bytes);
    await assert.rejects(openBundle(path), refusedWith("archive"));
  }
  await assert.rejects(openBundle(folder.at("absent")), refusedWith("archive", /ENOENT/));
  await assert.rejects(openBundle(folder.path), refusedWith("archive"));
  assert.deepEqual(await readdir(folder.path), ["x.orc"]);
});

test("cut and damaged bundles are refused or are what they were", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("x.orc");
  const hash = await writeSample(path);
  const whole = await readFile(path);
  const random = new Prng(20_26);
  for (let i = 0; i < 300; i++) {
    const bytes = i < 60 ? whole.subarray(0, Math.floor((whole.length * i) / 60)) : mutate(random, whole, [whole]);
    await writeFile(path, bytes);
    try {
      await using bundle = await openBundle(path, { limits: { ...localLimits, unpackedBytes: 2 ** 20 } });
      if (bundle.manifestHash === hash)
        assert.deepEqual(await readFileBytes(must(bundle.files.get("runtime.elf"))), new Uint8Array(ELF));
    } catch (e) {
      assert.ok(e instanceof BundleError, `attempt ${i}: ${String(e)}`);
    }
  }
});

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

test("a file that changes after it was verified does not reach the directory", async () => {
  await using folder = await temporaryFolder();
  await writeSample(folder.at("a.orc"));
  await using bundle = await openBundle(folder.at("a.orc"));
  const swapped = new Map<string, BundleFile>([...bundle.files, ["runtime.elf", fileOfBytes(Buffer.from("evil"))]]);
  const changed = Object.assign(Object.create(bundle) as typeof bundle, {});
  Object.defineProperty(changed, "files", { value: swapped });
  await assert.rejects(explodeBundle(changed, folder.at("exploded"), folder.path), refusedWith("digest"));
  assert.deepEqual(await readdir(folder.path), ["a.orc"]);
});

test("a half-unpacked directory is completed", async () => {
  await using folder = await temporaryFolder();
  await writeSample(folder.at("a.orc"));
  await using bundle = await openBundle(folder.at("a.orc"));
  const dir = folder.at("exploded");
  await mkdir(dir);
  await writeFile(join(dir, "empty"), "");
  await explodeBundle(bundle, dir, folder.path);
  assert.deepEqual((await readdir(dir)).sort(), ["META-INF", "empty", "runtime.elf"]);
  assert.deepEqual((await readdir(folder.path)).sort(), ["a.orc", "exploded"]);
});

test("SGX signatures must be good and be of the enclave; identities come from them", async () => {
  await using folder = await temporaryFolder();
  const sgxs = Buffer.from("an enclave");
  const signature = debugSigstruct(sgxs, fortanixDummyKey());
  const manifest = manifestOf({
    components: [{ ...ronl, sgx: { executable: "runtime.sgxs", signature: "runtime.sig" } }],
  });
  const sgxFiles = (enclave: Uint8Array, sig: Uint8Array): Map<string, BundleFile> =>
    new Map([
      ["runtime.elf", fileOfBytes(ELF)],
      ["runtime.sgxs", fileOfBytes(enclave)],
      ["runtime.sig", fileOfBytes(sig)],
    ]);
  const write = async (set: Map<string, BundleFile>): Promise<string> =>
    writeBundle(folder.at("a.orc"), await withDigests(manifest, set), set);
  await write(sgxFiles(sgxs, signature));
  await using bundle = await openBundle(folder.at("a.orc"));
  const component = must(findComponent(bundle.manifest, parseComponentId("ronl")));
  const expected = mrEnclaveOfSgxs(sgxs) + FORTANIX_DUMMY_MR_SIGNER;
  assert.deepEqual(await enclaveIdentities(component, bundle.files), [expected]);

  const flipped = signature.map((byte, i) => (i === 20 ? byte ^ 1 : byte));
  await assert.rejects(write(sgxFiles(sgxs, flipped)), /failed to verify sigstruct for 'ronl'/);
  await assert.rejects(write(sgxFiles(Buffer.from("another"), signature)), /does not match SGXS \(got: /);
  await assert.rejects(write(sgxFiles(sgxs, new Uint8Array(5000))), /failed to verify sigstruct/);

  const unsigned = { ...component, sgx: { executable: "runtime.sgxs", signature: "" } };
  await assert.rejects(enclaveIdentities(unsigned, bundle.files), /no SGX signature for 'ronl'/);
  assert.deepEqual(await enclaveIdentities(unsigned, bundle.files, { allowDummySigner: true }), [expected]);
});
