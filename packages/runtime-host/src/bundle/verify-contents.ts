// Whether the files of a bundle are those that its manifest names.
// Reference: go/runtime/bundle/bundle.go `Validate`.
import { TeeError, verifySigstruct } from "@wadi/tee";
import type { Hash } from "@wadi/types";

import type { BundleFile } from "./bundle-file.ts";
import { type ComponentId, displayComponentId } from "./component-id.ts";
import { hashStream } from "./digest.ts";
import { enclaveHash, readSignature } from "./enclave-files.ts";
import { refusal } from "./errors.ts";
import { availableComponents, type ManifestComponent, type Manifest } from "./manifest.ts";
import { manifestProblem } from "./validate-manifest.ts";

interface NeededFile {
  readonly what: string;
  readonly name: string;
  /** May be left out of the manifest. */
  readonly optional: boolean;
}

/**
 * Throws a BundleError unless the manifest is well-formed and the files are complete and authentic.
 * Digests may be left to whoever reads the files next, but not where signatures are read here.
 */
export async function verifyContents(
  manifest: Manifest,
  files: ReadonlyMap<string, BundleFile>,
  { leavesDigests = false }: { readonly leavesDigests?: boolean } = {},
): Promise<void> {
  const problem = manifestProblem(manifest);
  if (problem !== undefined) throw refusal("manifest", `malformed manifest: ${problem}`);
  const components = availableComponents(manifest);
  for (const component of components) checkPresence(component, files);
  if (leavesDigests && components.every(({ sgx }) => sgx === null)) {
    for (const name of files.keys()) digestOf(manifest, name);
    return;
  }
  await checkDigests(manifest, files);
  for (const component of components) await verifySgxSignature(component, files);
}

function checkPresence(component: ManifestComponent, files: ReadonlyMap<string, BundleFile>): void {
  for (const { what, name, optional } of neededFiles(component)) {
    const display = `${displayComponentId(component)}: ${what}`;
    if (name === "" && optional) continue;
    if (name === "") throw refusal("missingFile", `missing ${display} in manifest`);
    if (!files.has(name)) throw refusal("missingFile", `missing ${display} in bundle`);
  }
}

function neededFiles({ elf, executable, sgx, tdx }: ManifestComponent): NeededFile[] {
  const file = (what: string, name: string, optional: boolean): NeededFile => ({ what, name, optional });
  const needed = [
    elf === null ? file("ELF executable", executable, true) : file("ELF executable", elf.executable, false),
  ];
  if (sgx !== null) {
    needed.push(file("SGX executable", sgx.executable, false), file("SGX signature", sgx.signature, true));
  }
  if (tdx !== null) {
    needed.push(
      file("TDX virtual firmware", tdx.firmware, false),
      file("TDX kernel image", tdx.kernel, true),
      file("TDX initrd image", tdx.initrd, true),
      file("TDX VM stage 2 image", tdx.stage2Image, true),
    );
  }
  return needed;
}

async function checkDigests(manifest: Manifest, files: ReadonlyMap<string, BundleFile>): Promise<void> {
  for (const [name, file] of files) {
    const expected = digestOf(manifest, name);
    if ((await hashStream(await file.open())) !== expected) throw refusal("digest", `invalid digest: '${name}'`);
  }
}

/** The digest that a file must have. Throws a BundleError where the manifest has none. */
export function digestOf({ digests }: Manifest, name: string): Hash {
  const digest = digests?.get(name);
  if (digest === undefined) throw refusal("digest", `missing digest: '${name}'`);
  return digest;
}

/** A signature that is there must be good and be that of the component's enclave. */
async function verifySgxSignature(component: ManifestComponent, files: ReadonlyMap<string, BundleFile>): Promise<void> {
  const signature = await readSignature(component, files);
  if (signature === undefined) return;
  const id: ComponentId = component;
  const display = displayComponentId(id);
  let signed: string;
  try {
    signed = verifySigstruct(signature).sigstruct.enclaveHash;
  } catch (e) {
    if (!(e instanceof TeeError)) throw e;
    throw refusal("sgxSignature", `failed to verify sigstruct for '${display}': ${e.message}`, e);
  }
  const actual = await enclaveHash(component, files);
  if (signed !== actual) {
    const texts = `(got: ${signed} expected: ${actual})`;
    throw refusal("sgxSignature", `sigstruct for '${display}' does not match SGXS ${texts}`);
  }
}
