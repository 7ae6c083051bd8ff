// The manifest of a bundle: what it holds, for which runtime, and the digests of its files.
// All generations (legacy top-level fields, components, TDX, identities) share one form.
// Reference: go/runtime/bundle/manifest.go, component.go.
import {
  bool,
  decodeJson,
  defineSchema,
  encodeCbor,
  encodeJson,
  list,
  map,
  named,
  nullable,
  optional,
  type Schema,
  struct,
  text,
  type TypeOf,
  u64,
  u8,
} from "@wadi/codec";
import { hashOf } from "@wadi/crypto";
import { Hash, Namespace, sgx, Version, versionToU64 } from "@wadi/types";

import { type ComponentId, isRonl, RONL, sameComponent, TeeKind } from "./component-id.ts";
import { messageOf, refusal } from "./errors.ts";

export const ElfMetadata = struct("bundle.ELFMetadata", { executable: text });
export type ElfMetadata = TypeOf<typeof ElfMetadata>;

export const SgxMetadata = struct("bundle.SGXMetadata", { executable: text, signature: text });
export type SgxMetadata = TypeOf<typeof SgxMetadata>;

export const GpuResource = struct("bundle.GPUResource", { model: optional(text), count: u8 });

/** Memory in megabytes. */
export const TdxResources = struct("bundle.TDXResources", {
  memory: u64,
  cpus: u8,
  gpu: optional(nullable(GpuResource)),
});

export const TdxMetadata = struct("bundle.TDXMetadata", {
  firmware: text,
  kernel: optional(text),
  initrd: optional(text),
  extraKernelOptions: optional(list(text)),
  stage2Image: named("stage2_image", optional(text)),
  stage2Format: named("stage2_format", optional(text)),
  stage2Persist: named("stage2_persist", optional(bool)),
  resources: TdxResources,
});
export type TdxMetadata = TypeOf<typeof TdxMetadata>;

export const ComponentIdentity = struct("bundle.Identity", {
  hypervisor: optional(text),
  enclave: sgx.EnclaveIdentity,
});
export type ComponentIdentity = TypeOf<typeof ComponentIdentity>;

export const ManifestComponent = struct("bundle.Component", {
  kind: text,
  name: optional(text),
  version: optional(Version),
  executable: optional(text),
  elf: optional(nullable(ElfMetadata)),
  sgx: optional(nullable(SgxMetadata)),
  tdx: optional(nullable(TdxMetadata)),
  identity: optional(list(ComponentIdentity)),
  disabled: optional(bool),
});
export type ManifestComponent = TypeOf<typeof ManifestComponent>;

/** The reference would crash on a component that is null. */
const presentComponent: Schema<ManifestComponent> = defineSchema({
  ...ManifestComponent,
  shape: { kind: "refine", inner: ManifestComponent },
  fromJson: (reader) => {
    if (reader.takeNull()) throw reader.fail("null component");
    return ManifestComponent.fromJson(reader);
  },
});

export const Manifest = struct("bundle.Manifest", {
  name: optional(text),
  id: Namespace,
  version: optional(Version),
  executable: optional(text),
  sgx: optional(nullable(SgxMetadata)),
  components: optional(list(presentComponent)),
  digests: nullable(map(text, Hash)),
});
export type Manifest = TypeOf<typeof Manifest>;

/** Where a bundle keeps its manifest. */
export const MANIFEST_NAME = "META-INF/MANIFEST.MF";

/**
 * Reads a manifest as the reference does: unknown members vanish, and a version of the whole
 * replaces that of the RONL component. Does not validate. Throws a BundleError.
 */
export function parseManifest(json: Uint8Array | string): Manifest {
  let manifest: Manifest;
  try {
    manifest = decodeJson(Manifest, json);
  } catch (e) {
    throw refusal("manifest", `failed to parse manifest: ${messageOf(e)}`, e);
  }
  return versionToU64(manifest.version) === 0n ? manifest : withRonlVersion(manifest, manifest.version);
}

/** The manifest as JSON; the hash of what is read back is the same. */
export function formatManifest(manifest: Manifest, indent = ""): string {
  return encodeJson(Manifest, manifest, { indent });
}

/**
 * SHA-512/256 of the canonical CBOR, in hex: the bundle's name and its `bundle_checksum` on chain.
 * A version that the RONL component has from the top level does not count twice, so that old
 * manifests keep their hash.
 */
export function manifestHash(manifest: Manifest): Hash {
  return hashOf(encodeCbor(Manifest, hashedForm(manifest)));
}

/** What is hashed. */
export function hashedForm(manifest: Manifest): Manifest {
  return versionToU64(manifest.version) === 0n ? manifest : withRonlVersion(manifest, Version.zero());
}

function withRonlVersion(manifest: Manifest, version: Version): Manifest {
  const at = manifest.components.findIndex(isRonl);
  const component = manifest.components[at];
  if (component === undefined) return manifest;
  return { ...manifest, components: manifest.components.with(at, { ...component, version }) };
}

/** True for manifests that name their executables at the top level. */
export function isLegacy(manifest: Manifest): boolean {
  return manifest.executable !== "" || manifest.sgx !== null;
}

/** The first component with that ID; a legacy manifest has a RONL component that it does not list. */
export function findComponent(manifest: Manifest, id: ComponentId): ManifestComponent | undefined {
  const listed = manifest.components.find((component) => sameComponent(component, id));
  if (listed !== undefined || !isRonl(id) || !isLegacy(manifest)) return listed;
  return {
    ...ManifestComponent.zero(),
    kind: RONL.kind,
    version: manifest.version,
    elf: { executable: manifest.executable },
    sgx: manifest.sgx,
  };
}

/** True if the manifest has no RONL component: another bundle provides it. */
export function isDetached(manifest: Manifest): boolean {
  return findComponent(manifest, RONL) === undefined;
}

/** All components, with that of a legacy manifest; of equal IDs the last counts. */
export function availableComponents(manifest: Manifest): readonly ManifestComponent[] {
  const byId = new Map(manifest.components.map((component) => [`${component.kind}\0${component.name}`, component]));
  const ronl = findComponent(manifest, RONL);
  const key = `${RONL.kind}\0`;
  if (ronl !== undefined && !byId.has(key)) byId.set(key, ronl);
  return [...byId.values()];
}

/** The environment that a component is made for; the node's configuration may choose another. */
export function teeKindOf(component: ManifestComponent): TeeKind {
  if (component.tdx !== null) return TeeKind.tdx;
  return component.sgx === null ? TeeKind.none : TeeKind.sgx;
}

/** Off-chain logic may use the network. */
export function isNetworkAllowed(component: ComponentId): boolean {
  return component.kind === "rofl";
}

/** The file that runs without a TEE, if there is one. */
export function executableOf(component: ManifestComponent): string | undefined {
  const name = component.elf?.executable ?? component.executable;
  return name === "" ? undefined : name;
}

/** Volumes that must exist before the component starts. */
export function requiredVolumes({ tdx }: ManifestComponent): readonly string[] {
  return tdx !== null && tdx.stage2Image !== "" && tdx.stage2Persist ? [tdx.stage2Image] : [];
}
