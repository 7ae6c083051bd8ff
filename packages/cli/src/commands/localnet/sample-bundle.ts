// The bundle of the sample ParaTime, built once for each state of its sources.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { hashOf } from "@wadi/crypto";

import { StringOutput } from "../../io.ts";
import { createBundle } from "../bundle/create.ts";
import { CommandFailure } from "../debug/failure.ts";

/** As the reference's test networks call their runtime. */
const RUNTIME_ID = `80${"00".repeat(31)}`;
const ENTRY = join("runtimes", "keyvalue", "src", "main.ts");

/** Where the sources of this program are, if it runs from them. */
function sourceTree(): string | undefined {
  for (let folder = import.meta.dirname; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, ENTRY))) return folder;
  }
  return undefined;
}

export interface SampleBundle {
  readonly path: string;
  /** Where it may stay unpacked. */
  readonly unpacked: string;
}

/**
 * The bundle; `building` is told when it has to be made, which takes some seconds.
 * Rejects with CommandFailure outside a source tree.
 */
export async function sampleBundle(building: () => void): Promise<SampleBundle> {
  const root = sourceTree();
  if (root === undefined) {
    throw new CommandFailure(
      "the sample ParaTime can be built in a source tree of Wadi only: give a bundle with --runtime",
    );
  }
  const folder = join(root, ".cache", "sample-bundle");
  // One folder for each state of the sources, with the bundle and what it holds.
  const name = sourcesHash(root).slice(0, 16);
  const bundle = { path: join(folder, name, "keyvalue.orc"), unpacked: join(folder, name, "unpacked") };
  if (existsSync(bundle.path)) return bundle;
  building();
  mkdirSync(join(folder, name), { recursive: true });
  // Another process may be building it too: each has its own file, and the last one stays.
  const partial = join(folder, name, `${process.pid}.partial`);
  await build(join(root, ENTRY), partial);
  renameSync(partial, bundle.path);
  for (const other of readdirSync(folder)) if (other !== name) removeUnused(join(folder, other));
  return bundle;
}

const UNUSED_MS = 24 * 3600 * 1000;

/** A network that still runs may have to start its ParaTime again, so what is recent stays. */
function removeUnused(folder: string): void {
  if (Date.now() - statSync(folder).mtimeMs > UNUSED_MS) rmSync(folder, { recursive: true, force: true });
}

async function build(entry: string, output: string): Promise<void> {
  const [stdout, stderr] = [new StringOutput(), new StringOutput()];
  const absent = { manifest: "", files: "", version: "", elf: "", sgxs: "", signature: "" };
  const code = await createBundle({ ...absent, entry, id: RUNTIME_ID, name: "keyvalue", output }, { stdout, stderr });
  if (code !== 0) throw new CommandFailure(`the sample ParaTime cannot be built: ${stderr.text.trim()}`);
}

/** Of everything that goes into the bundle: the runtime, the packages below it, Node itself. */
function sourcesHash(root: string): string {
  const folders = new Set<string>();
  const visit = (folder: string): void => {
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>;
    };
    for (const name of Object.keys(dependencies)) {
      const [, own] = /^@wadi\/(.*)$/.exec(name) ?? [];
      if (own !== undefined) visit(join("packages", own));
    }
  };
  visit(join("runtimes", "keyvalue"));
  const pieces = [process.version, process.arch];
  for (const folder of [...folders].sort()) {
    const files = readdirSync(join(root, folder, "src"), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((one) => /(?<!\.test|\.bench)\.ts$/.test(one)).sort()) {
      pieces.push(join(folder, file), readFileSync(join(root, folder, "src", file), "utf8"));
    }
  }
  return hashOf(Buffer.from(pieces.join("\0")));
}
