// Bundles that a ROFL component brings to the node: whose they are, and what their manifests become.
// Reference: go/runtime/registry/handler_rofl_mgmt.go.
import { hashOf, tupleHash256 } from "@wadi/crypto";
import { type Namespace, Version } from "@wadi/types";
import { toHex } from "@wadi/util";

import { Bundle } from "./bundle.ts";
import { type ComponentId, ComponentKind, formatComponentId } from "./component-id.ts";
import { BundleError } from "./errors.ts";
import { LABEL_INSTANCE_ID, LABEL_ORIGIN, type Labels } from "./labels.ts";
import { formatManifest, isLegacy, type Manifest } from "./manifest.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const CUSTOMIZATION = utf8("oasis-core/bundle: dynamic component ID");

/** The origin label of what a component adds: `<runtime ID>-rofl.<name>`. */
export function originOf(runtimeId: Namespace, component: ComponentId): string {
  return `${runtimeId}-${formatComponentId(component)}`;
}

/** The labels that were asked for, with the origin forced on. */
export function ownedLabels(labels: Labels, origin: string): Labels {
  return new Map([...labels, [LABEL_ORIGIN, origin]]);
}

/** The name of the directory for an origin's temporary files. */
export function temporaryDirectoryOf(origin: string): string {
  return hashOf(utf8(origin));
}

/** The name that a component gets: 64 hex digits that no other origin or instance can get. */
function dynamicComponentName(origin: string, instanceId: string, name: string): string {
  return toHex(tupleHash256([origin, instanceId, name].map(utf8), 32, CUSTOMIZATION));
}

/** What a managed bundle's manifest becomes: without name and versions, components renamed. */
export function rewriteManaged(manifest: Manifest, labels: Labels): Manifest {
  const origin = labels.get(LABEL_ORIGIN) ?? "";
  const instance = labels.get(LABEL_INSTANCE_ID) ?? "";
  const components = manifest.components.map((component) => ({
    ...component,
    name: dynamicComponentName(origin, instance, component.name),
    version: Version.zero(),
  }));
  return { ...manifest, name: "", version: Version.zero(), components };
}

/** A bundle with another manifest over the same files, which stay the original's to close. */
export function withManifest(bundle: Bundle, manifest: Manifest): Bundle {
  return new Bundle(utf8(formatManifest(manifest)), bundle.files);
}

/** Throws a BundleError unless the bundle holds nothing but plain ROFL components. */
export function validateManaged(manifest: Manifest): void {
  const refuse = (text: string): never => {
    throw new BundleError("notAllowed", text);
  };
  if (isLegacy(manifest)) refuse("legacy bundles are not supported");
  for (const { kind, executable, disabled } of manifest.components) {
    if (kind !== ComponentKind.rofl) refuse("non-ROFL components are not supported");
    if (executable !== "") refuse("legacy bundles are not supported");
    if (disabled) refuse("disabled components are not supported");
  }
}
