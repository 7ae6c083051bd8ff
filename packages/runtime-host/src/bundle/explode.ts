// Unpacking a bundle into a directory of its own. What appears under the final name is complete:
// files are written beside it and moved in one step. Reference: go/runtime/bundle/bundle.go
// `WriteExploded`.
import { chmod, mkdir, mkdtemp, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { Hasher, hashOf } from "@wadi/crypto";
import type { Hash } from "@wadi/types";

import type { Bundle } from "./bundle.ts";
import type { BundleFile } from "./bundle-file.ts";
import { hashFile } from "./digest.ts";
import { refusal } from "./errors.ts";
import { availableComponents, executableOf, MANIFEST_NAME } from "./manifest.ts";
import { digestOf } from "./verify-contents.ts";

/**
 * Makes `dir` hold the bundle's files; `workDir` must be on the same file system. Files that are
 * there already are compared instead of written. Throws a BundleError (`corruptedAsset` where one
 * differs) or what the file system throws; then nothing new is left.
 */
export async function explodeBundle(bundle: Bundle, dir: string, workDir: string): Promise<void> {
  const partial = await mkdtemp(join(workDir, "exploding-"));
  try {
    const isNew = !(await exists(dir));
    const target = isNew ? partial : dir;
    await mkdir(join(partial, dirname(MANIFEST_NAME)), { mode: 0o700 });
    for (const [name, file] of bundle.files) {
      const digest = digestOf(bundle.manifest, name);
      if (!isNew && (await isPresent(join(dir, name), digest))) continue;
      await extract(file, name, join(partial, name), digest);
      if (!isNew) await rename(join(partial, name), join(target, name));
    }
    await placeManifest(bundle, partial, dir, isNew);
    for (const name of executables(bundle)) await chmod(join(target, name), 0o700);
    if (isNew) await rename(partial, dir);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** The manifest comes last: a directory without one is no bundle. */
async function placeManifest(bundle: Bundle, partial: string, dir: string, isNew: boolean): Promise<void> {
  const path = join(dir, MANIFEST_NAME);
  if (!isNew && (await isPresent(path, hashOf(bundle.rawManifest)))) return;
  await writeFile(join(partial, MANIFEST_NAME), bundle.rawManifest, { mode: 0o600, flush: true });
  if (isNew) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rename(join(partial, MANIFEST_NAME), path);
}

/** Writes a file whose bytes must have the digest, also where it was verified before: archives can change. */
async function extract(file: BundleFile, name: string, path: string, digest: Hash): Promise<void> {
  const hasher = new Hasher();
  try {
    await using handle = await open(path, "wx", 0o600);
    for await (const chunk of (await file.open()) as AsyncIterable<Uint8Array>) {
      const written = handle.writeFile(chunk);
      hasher.update(chunk);
      await written;
      if (file.givesAway === true) letGo(chunk);
    }
    await handle.sync();
  } catch (e) {
    // A full disk: errors of writing do not say where.
    throw e instanceof Error && "syscall" in e && !("path" in e) ? Object.assign(e, { path }) : e;
  }
  if (hasher.digestHash() !== digest) throw refusal("digest", `invalid digest: '${name}'`);
}

/**
 * Gives the memory of a chunk back that nobody needs any more. Until the collector comes, a hundred
 * megabytes would pile up, of which the process keeps half for good.
 */
function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

async function isPresent(path: string, digest: Hash): Promise<boolean> {
  if (!(await exists(path))) return false;
  if ((await hashFile(path)) !== digest) throw refusal("corruptedAsset", `corrupted asset: '${path}'`);
  return true;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (e) {
    if (e instanceof Error && "code" in e && e.code === "ENOENT") return false;
    throw e;
  }
}

function executables({ manifest }: Bundle): string[] {
  return availableComponents(manifest).flatMap((component) => executableOf(component) ?? []);
}
