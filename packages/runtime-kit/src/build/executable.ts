// A runtime as one executable: Node with the runtime's scripts inside (single executable
// application). Node itself is the one that runs this; debug symbols are left out.
import { WadiError } from "@wadi/util";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { BatchLane } from "../process/batch-lane.ts";
import type { RuntimeDescription } from "../process/thread-messages.ts";
import { stripElf } from "./elf.ts";
import { ErrExecutable, ErrUnusableRuntime } from "./errors.ts";
import { bundleScripts, type RuntimeScripts } from "./scripts.ts";

const run = promisify(execFile);

export interface ExecutableOptions {
  /** The module that exports `runtime`. */
  readonly entry: string;
  /** See `bundleScripts`. */
  readonly main?: string;
  /** Where the executable goes; an existing file is replaced. */
  readonly output: string;
  readonly signal?: AbortSignal;
}

export interface Executable extends RuntimeDescription {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface LoadedRuntime {
  readonly description: RuntimeDescription;
  /** What V8 made of the batch thread's script. */
  readonly threadCode: Uint8Array;
}

/** Loads the runtime as its process will. Throws ErrUnusableRuntime. */
export async function loadRuntime(scripts: RuntimeScripts): Promise<LoadedRuntime> {
  const askHost = (): Promise<never> => Promise.reject(new Error("there is no host"));
  const code = Promise.withResolvers<Uint8Array>();
  await using lane = new BatchLane({
    threadSource: scripts.batchThread,
    runtimeSource: scripts.runtime,
    askHost,
    log: () => undefined,
    onCode: (bytes) => code.resolve(bytes),
  });
  try {
    return { description: await lane.start(), threadCode: await code.promise };
  } catch (e) {
    throw new WadiError(ErrUnusableRuntime, { cause: e, context: e instanceof Error ? e.message : String(e) });
  }
}

/** Makes the executable. Throws ErrBundling, ErrUnusableRuntime, ErrUnusableNode and ErrExecutable. */
export async function buildExecutable({ entry, main, output, signal }: ExecutableOptions): Promise<Executable> {
  const path = resolve(output);
  const scripts = await bundleScripts(entry, main);
  const { description, threadCode } = await loadRuntime(scripts);
  // Beside the output, so that the last step is one rename.
  const folder = await mkdtemp(join(dirname(path), ".runtime-"));
  try {
    signal?.throwIfAborted();
    const made = await makeExecutable(folder, scripts, threadCode, signal);
    await chmod(made, 0o755);
    const { length } = await readFile(made);
    await rename(made, path);
    return { ...description, path, sizeBytes: length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeExecutable(
  folder: string,
  scripts: RuntimeScripts,
  threadCode: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<string> {
  const file = (name: string): string => join(folder, name);
  await writeFile(file("node"), stripElf(await readFile(process.execPath)), { mode: 0o755 });
  await writeFile(file("main.js"), scripts.main);
  await writeFile(file("batch-thread.js"), scripts.batchThread);
  await writeFile(file("batch-thread.code"), threadCode);
  await writeFile(file("runtime.js"), scripts.runtime);
  const configuration = {
    main: file("main.js"),
    executable: file("node"),
    output: file("runtime"),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgvExtension: "none",
    assets: Object.fromEntries(
      ["batch-thread.js", "batch-thread.code", "runtime.js"].map((name) => [name, file(name)]),
    ),
  };
  await writeFile(file("sea.json"), JSON.stringify(configuration));
  try {
    await run(process.execPath, [`--build-sea=${file("sea.json")}`], { ...(signal && { signal }) });
  } catch (e) {
    throw new WadiError(ErrExecutable, { cause: e, context: e instanceof Error ? e.message : String(e) });
  }
  return file("runtime");
}
