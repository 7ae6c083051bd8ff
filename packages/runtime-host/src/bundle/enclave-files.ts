// What the SGX files of a component say about its enclave. Reference: go/runtime/bundle/bundle.go
// `MrEnclave`, `MrSigner`, `EnclaveIdentities`.
import { createHash } from "node:crypto";

import { FORTANIX_DUMMY_MR_SIGNER, verifySigstruct } from "@wadi/tee";
import { sgx } from "@wadi/types";

import { type BundleFile, readFileBytes } from "./bundle-file.ts";
import { displayComponentId } from "./component-id.ts";
import { refusal } from "./errors.ts";
import type { ManifestComponent } from "./manifest.ts";

/** A SIGSTRUCT has 1808 bytes; nothing larger is read. */
const MAX_SIGNATURE_BYTES = 4096;

type Files = ReadonlyMap<string, BundleFile>;

/** The component's SIGSTRUCT, if it names one. */
export async function readSignature(
  { kind, name, sgx: meta }: ManifestComponent,
  files: Files,
): Promise<Uint8Array | undefined> {
  if (meta === null || meta.signature === "") return undefined;
  const display = displayComponentId({ kind, name });
  const file = files.get(meta.signature);
  if (file === undefined) throw refusal("missingFile", `no SGX signature for '${display}'`);
  if (file.sizeBytes > MAX_SIGNATURE_BYTES) {
    throw refusal("sgxSignature", `failed to verify sigstruct for '${display}': ${file.sizeBytes} bytes`);
  }
  return readFileBytes(file);
}

/** MRENCLAVE: the SHA-256 of the enclave's SGXS stream, in hex. */
export async function enclaveHash({ kind, name, sgx: meta }: ManifestComponent, files: Files): Promise<string> {
  const display = displayComponentId({ kind, name });
  if (meta === null) throw refusal("component", `no SGX metadata for '${display}'`);
  const file = files.get(meta.executable);
  if (file === undefined) throw refusal("missingFile", `no SGX executable for '${display}'`);
  const hash = createHash("sha256");
  for await (const chunk of await file.open()) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/**
 * The identities that the component's enclave may have: those of the manifest, else the one of its
 * SGX files. Without a signature only `allowDummySigner` (debug networks) gives one.
 */
export async function enclaveIdentities(
  component: ManifestComponent,
  files: Files,
  options: { readonly allowDummySigner?: boolean } = {},
): Promise<readonly sgx.EnclaveIdentity[]> {
  if (component.identity.length > 0) return component.identity.map(({ enclave }) => enclave);
  const mrEnclave = await enclaveHash(component, files);
  const signature = await readSignature(component, files);
  if (signature === undefined && options.allowDummySigner !== true) {
    throw refusal("missingFile", `no SGX signature for '${displayComponentId(component)}'`);
  }
  const mrSigner = signature === undefined ? FORTANIX_DUMMY_MR_SIGNER : verifySigstruct(signature).mrSigner;
  return [sgx.enclaveIdentityFromHex(mrEnclave + mrSigner)];
}
