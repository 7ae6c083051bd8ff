// A bundle that has been opened and verified. Reference: go/runtime/bundle/bundle.go.
import type { Hash, Namespace } from "@wadi/types";

import { type Archive, type ArchiveLimits, openArchive } from "./archive.ts";
import { type BundleFile, readFileBytes } from "./bundle-file.ts";
import { refusal } from "./errors.ts";
import { localLimits } from "./limits.ts";
import { type Manifest, MANIFEST_NAME, manifestHash, parseManifest } from "./manifest.ts";
import { verifyContents } from "./verify-contents.ts";

export interface OpenBundleOptions {
  /** The manifest must have this hash. */
  readonly manifestHash?: Hash;
  /** The bundle must be of this runtime. */
  readonly runtimeId?: Namespace;
  readonly limits?: ArchiveLimits;
  /**
   * Leave the digests of files to `explodeBundle`, which looks at all of them anyway, so that
   * large files are read once. Other uses of the bundle must not trust its files then.
   */
  readonly isToBeExploded?: boolean;
}

/** Manifest and files that fit together. Dispose it when done: it holds the archive open. */
export class Bundle implements AsyncDisposable {
  readonly manifest: Manifest;
  readonly manifestHash: Hash;
  /** The manifest as the archive has it. */
  readonly rawManifest: Uint8Array;
  /** Without the manifest. */
  readonly files: ReadonlyMap<string, BundleFile>;
  readonly #archive: Archive | undefined;

  /** Does not verify anything; see `openBundle`. */
  constructor(rawManifest: Uint8Array, files: ReadonlyMap<string, BundleFile>, archive?: Archive) {
    this.manifest = parseManifest(rawManifest);
    this.manifestHash = manifestHash(this.manifest);
    this.rawManifest = rawManifest;
    this.files = files;
    this.#archive = archive;
  }

  /** The name that others look for: `<manifest hash>.orc`. */
  get fileName(): string {
    return `${this.manifestHash}.orc`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#archive?.[Symbol.asyncDispose]();
  }
}

/** Opens a bundle and verifies all of it: form, digests of all files, enclave signatures; see the options. Throws a BundleError. */
export async function openBundle(path: string, options: OpenBundleOptions = {}): Promise<Bundle> {
  const archive = await openArchive(path, options.limits ?? localLimits);
  try {
    const names = archive.names.filter((name) => name !== MANIFEST_NAME);
    const files = new Map(names.map((name) => [name, fileOfArchive(archive, name)]));
    const bundle = new Bundle(await readFileBytes(fileOfArchive(archive, MANIFEST_NAME)), files, archive);
    checkExpected(bundle, options);
    await verifyContents(bundle.manifest, files, { leavesDigests: options.isToBeExploded === true });
    return bundle;
  } catch (e) {
    await archive[Symbol.asyncDispose]();
    throw e;
  }
}

function fileOfArchive(archive: Archive, name: string): BundleFile {
  return { sizeBytes: archive.size(name), givesAway: true, open: () => archive.open(name) };
}

/** What was asked for is checked before anything else, so that a wrong file is named as such. */
function checkExpected({ manifest, manifestHash: actual }: Bundle, expected: OpenBundleOptions): void {
  const { manifestHash: hash, runtimeId } = expected;
  if (hash !== undefined && hash !== actual) {
    throw refusal("manifestHash", `invalid manifest (got: ${actual}, expected: ${hash})`);
  }
  if (runtimeId !== undefined && runtimeId !== manifest.id) {
    throw refusal("runtimeId", `invalid runtime ID (got: ${manifest.id}, expected: ${runtimeId})`);
  }
}
