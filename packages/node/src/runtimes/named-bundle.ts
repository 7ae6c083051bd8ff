// A bundle file that the operator names, and where it is unpacked.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  MANIFEST_NAME,
  RONL,
  explodeBundle,
  findComponent,
  localLimits,
  manifestHash,
  openArchive,
  openBundle,
  parseManifest,
  readFileBytes,
  type Manifest,
} from "@wadi/runtime-host";
import type { Hash, Namespace, Version } from "@wadi/types";
import { WadiError, bytesEqual } from "@wadi/util";

import { ErrNode } from "../errors.ts";

export interface NamedBundle {
  readonly path: string;
  readonly runtimeId: Namespace;
  /** Of the on-chain component. */
  readonly version: Version;
  readonly manifest: Manifest;
  /** The manifest as the file has it. */
  readonly rawManifest: Uint8Array;
  readonly hash: Hash;
  /** Where it is unpacked, or will be. */
  readonly directory: string;
}

/** Where bundles are unpacked in a data directory. */
export function bundlesFolder(dataDir: string): string {
  return join(dataDir, "runtimes", "bundles");
}

/** What a bundle says of itself; it is unpacked below `folder`. Rejects with what is wrong with its form. */
export async function readNamedBundle(path: string, folder: string): Promise<NamedBundle> {
  const rawManifest = await readManifest(path);
  const manifest = parseManifest(rawManifest);
  const component = findComponent(manifest, RONL);
  if (component === undefined) throw new WadiError(ErrNode, { context: `${path} has no on-chain component` });
  const hash = manifestHash(manifest);
  const directory = join(folder, hash);
  return { path, runtimeId: manifest.id, version: component.version, manifest, rawManifest, hash, directory };
}

/** Unpacks a bundle unless it is there. Rejects with what is wrong with it. */
export async function unpackBundle({ directory, hash, path, rawManifest }: NamedBundle): Promise<void> {
  if (isUnpacked(directory, rawManifest)) return;
  const folder = dirname(directory);
  // Beside the bundles, so that the last step is one rename.
  const work = join(dirname(folder), "tmp", "bundles");
  for (const each of [folder, work]) mkdirSync(each, { recursive: true, mode: 0o700 });
  await using bundle = await openBundle(path, { manifestHash: hash, isToBeExploded: true });
  try {
    await explodeBundle(bundle, directory, work);
  } catch (e) {
    // Where nodes share the folder another one may have been faster.
    if (!isUnpacked(directory, rawManifest)) throw e;
  }
}

async function readManifest(path: string): Promise<Uint8Array> {
  await using archive = await openArchive(path, localLimits);
  const sizeBytes = archive.size(MANIFEST_NAME);
  return readFileBytes({ sizeBytes, open: () => archive.open(MANIFEST_NAME) });
}

/**
 * Whether a directory has all of a bundle: the manifest is the last that is put there. Executables
 * have a hundred megabytes, so they are verified once, on their way there.
 */
function isUnpacked(directory: string, rawManifest: Uint8Array): boolean {
  try {
    return bytesEqual(readFileSync(join(directory, MANIFEST_NAME)), rawManifest);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw e;
  }
}
