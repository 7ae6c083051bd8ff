// Bundles that ROFL components write piece by piece before they add them: a directory per origin.
// Reference: go/runtime/bundle/manager.go `WriteTemporary`.
import { constants } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";

import { isFlatName } from "./archive.ts";
import { BundleError } from "./errors.ts";
import { temporaryDirectoryOf } from "./managed-bundles.ts";

/** What one file may grow to. */
const MAX_TEMPORARY_BYTES = 64 * 2 ** 30;

export class TemporaryBundles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The path of an origin's file. Throws a BundleError for names that lead elsewhere. */
  pathOf(origin: string, name: string): string {
    if (!isFlatName(name)) throw new BundleError("temporary", "failed to open temporary bundle");
    return join(this.#directory, temporaryDirectoryOf(origin), name);
  }

  /** Begins a file anew, or appends to one that is there. Throws a BundleError. */
  async write(origin: string, name: string, create: boolean, data: Uint8Array): Promise<void> {
    const path = this.pathOf(origin, name);
    await mkdir(join(this.#directory, temporaryDirectoryOf(origin)), { recursive: true, mode: 0o700 });
    const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_NOFOLLOW } = constants;
    const flags = O_WRONLY | O_NOFOLLOW | (create ? O_CREAT | O_TRUNC : O_APPEND);
    const file = await open(path, flags, 0o600).catch((cause: unknown) => {
      throw new BundleError("temporary", "failed to open temporary bundle", { cause });
    });
    try {
      const { size } = await file.stat();
      if (size + data.length > MAX_TEMPORARY_BYTES) throw new BundleError("tooLarge", "temporary bundle is too large");
      await file.writeFile(data);
    } finally {
      await file.close();
    }
  }

  async remove(origin: string, name: string): Promise<void> {
    await rm(this.pathOf(origin, name));
  }
}
