// The part of `bundle create` that makes a runtime's executable from its sources.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Version } from "@wadi/types";

/** An executable in a folder of its own that goes when this is disposed of. */
export interface BuiltEntry extends AsyncDisposable {
  readonly path: string;
  readonly version: Version;
}

/** Builds the runtime that the module at `entry` exports. Throws what `buildExecutable` throws. */
export async function buildEntry(entry: string): Promise<BuiltEntry> {
  const { buildExecutable } = await import("@wadi/runtime-kit/build");
  const folder = await mkdtemp(join(tmpdir(), "wadi-bundle-"));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { path, version } = await buildExecutable({ entry, output: join(folder, "runtime") });
    return { path, version, [Symbol.asyncDispose]: dispose };
  } catch (e) {
    await dispose();
    throw e;
  }
}
