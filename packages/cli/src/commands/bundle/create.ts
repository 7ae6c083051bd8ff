// `bundle create`: puts files and a manifest with their digests into a bundle.
import { readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import {
  availableComponents,
  type BundleFile,
  DEFAULT_MAX_BUNDLE_BYTES,
  executableOf,
  fileOnDisk,
  type Manifest,
  type ManifestComponent,
  parseManifest,
  withDigests,
  writeBundle,
} from "@wadi/runtime-host";
import { formatVersion, parseVersion } from "@wadi/types";

import type { Run } from "../../command.ts";
import type { OptionValues } from "../../option-table.ts";
import { buildEntry, type BuiltEntry } from "../bundle-entry.ts";
import { reportFailures, UsageFailure } from "./failure.ts";
import type { createOptions } from "./options.ts";

type Options = OptionValues<typeof createOptions>;

/** What goes into the bundle: a manifest without digests, and files by their names in the bundle. */
interface Contents {
  readonly manifest: Manifest;
  readonly files: ReadonlyMap<string, BundleFile>;
}

export const createBundle: Run<typeof createOptions> = (options, io) =>
  reportFailures(io, async () => {
    await using built = await buildGivenEntry(options);
    const given = built === undefined ? options : withEntry(options, built);
    const { manifest, files } = given.manifest === "" ? await fromFlags(given) : await fromManifest(given);
    const complete = await withDigests(manifest, files);
    const partial = options.output === "" ? `bundle-${process.pid}.orc` : options.output;
    const hash = await writeBundle(partial, complete, files);
    const output = options.output === "" ? `${hash}.orc` : options.output;
    if (output !== partial) await rename(partial, output).catch((e: unknown) => giveUp(partial, e));
    const { size } = await stat(output);
    io.stdout.write(`${output}\nmanifest hash: ${hash}\nsize: ${size} bytes\n`);
    io.stdout.write(sizeAdvice(size));
    return 0;
  });

async function buildGivenEntry({ entry, id, manifest, elf, version }: Options): Promise<BuiltEntry | undefined> {
  if (entry === "") return undefined;
  if (manifest !== "" || elf !== "" || version !== "") {
    throw new UsageFailure("--entry stands instead of --manifest, --elf and --runtime-version");
  }
  if (id === "") throw new UsageFailure("--entry needs --id");
  return buildEntry(entry);
}

/** The options as if the executable that was built had been given. */
function withEntry(options: Options, { path, version }: BuiltEntry): Options {
  return { ...options, elf: path, version: formatVersion(version) };
}

async function giveUp(partial: string, e: unknown): Promise<never> {
  await rm(partial, { force: true });
  throw e;
}

const MIB = 2 ** 20;

/** Nodes refuse to load larger bundles unless they are configured to. */
function sizeAdvice(size: number): string {
  if (size < DEFAULT_MAX_BUNDLE_BYTES) return "";
  const needed = `${Math.floor(size / MIB) + 1}mb`;
  return `larger than nodes load from a registry by default; they need runtime.max_bundle_size: ${needed}\n`;
}

async function fromManifest({ manifest: path, files: folder }: Options): Promise<Contents> {
  const manifest = parseManifest(await readFile(path));
  const directory = folder === "" ? dirname(path) : folder;
  const files = new Map<string, BundleFile>();
  for (const name of availableComponents(manifest).flatMap(namedFiles)) {
    if (name !== "") files.set(name, await fileOnDisk(join(directory, name)));
  }
  return { manifest, files };
}

function namedFiles(component: ManifestComponent): readonly string[] {
  const { sgx, tdx } = component;
  return [
    executableOf(component) ?? "",
    ...(sgx === null ? [] : [sgx.executable, sgx.signature]),
    ...(tdx === null ? [] : [tdx.firmware, tdx.kernel, tdx.initrd, tdx.stage2Image]),
  ];
}

async function fromFlags({ id, name, version, elf, sgxs, signature }: Options): Promise<Contents> {
  if (id === "" || elf === "")
    throw new UsageFailure("either --manifest is needed, or --id and one of --entry and --elf");
  if (sgxs === "" && signature !== "") throw new UsageFailure("--sgx-signature needs --sgxs");
  const files = new Map<string, BundleFile>();
  for (const path of [elf, sgxs, signature]) {
    if (path === "") continue;
    if (files.has(basename(path))) throw new UsageFailure(`two files have the name ${basename(path)}`);
    files.set(basename(path), await fileOnDisk(path));
  }
  const sgx = sgxs === "" ? {} : { sgx: { executable: basename(sgxs), signature: basename(signature) } };
  const component = {
    kind: "ronl",
    version: version === "" ? {} : parseVersion(version),
    elf: { executable: basename(elf) },
    ...sgx,
  };
  return { manifest: parseManifest(JSON.stringify({ name, id, components: [component] })), files };
}
