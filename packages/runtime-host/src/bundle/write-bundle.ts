// Writing bundles. Equal input gives equal bytes. Reference: go/runtime/bundle/bundle.go `Write`.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

import type { Hash } from "@wadi/types";
import { ZipFile } from "yazl";

import { isFlatName } from "./archive.ts";
import type { BundleFile } from "./bundle-file.ts";
import { hashStream } from "./digest.ts";
import { messageOf, refusal } from "./errors.ts";
import { formatManifest, type Manifest, MANIFEST_NAME, manifestHash } from "./manifest.ts";
import { verifyContents } from "./verify-contents.ts";

/** The first moment that a ZIP file can name, in whatever time zone. */
const MTIME = new Date(1980, 0, 1);

/** The manifest with the digests of exactly these files. Throws a BundleError for names that no bundle can have. */
export async function withDigests(manifest: Manifest, files: ReadonlyMap<string, BundleFile>): Promise<Manifest> {
  const digests = new Map<string, Hash>();
  for (const [name, file] of files) {
    if (!isFlatName(name)) throw refusal("invalidName", `invalid filename for add: '${name}'`);
    digests.set(name, await hashStream(await file.open()));
  }
  return { ...manifest, digests };
}

/**
 * Writes a bundle with mode 0600 and returns its manifest hash; digests must be in the manifest.
 * What is at `path` is replaced at the end, or not at all. Throws a BundleError, or what the file
 * system throws.
 */
export async function writeBundle(
  path: string,
  manifest: Manifest,
  files: ReadonlyMap<string, BundleFile>,
): Promise<Hash> {
  try {
    await verifyContents(manifest, files);
  } catch (e) {
    throw refusal("manifest", `refusing to write malformed bundle: ${messageOf(e)}`, e);
  }
  const zip = new ZipFile();
  const options = { mtime: MTIME, mode: 0o100600, forceDosTimestamp: true };
  zip.addBuffer(Buffer.from(formatManifest(manifest)), MANIFEST_NAME, options);
  for (const [name, file] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    zip.addReadStreamLazy(name, { ...options, size: file.sizeBytes }, (use) => {
      file.open().then(
        (stream) => use(null, stream),
        (e: unknown) => zip.emit("error", e),
      );
    });
  }
  zip.end();
  const partial = `${path}.partial-${process.pid}`;
  try {
    zip.once("error", (e: Error) => zip.outputStream.emit("error", e));
    await pipeline(zip.outputStream, createWriteStream(partial, { mode: 0o600, flush: true }));
    await rename(partial, path);
  } catch (e) {
    await rm(partial, { force: true });
    throw e;
  }
  return manifestHash(manifest);
}
