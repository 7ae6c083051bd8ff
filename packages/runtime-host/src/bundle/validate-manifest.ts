// Whether a manifest is well-formed, in the reference's order and words.
// Reference: go/runtime/bundle/manifest.go and component.go `Validate`.
import { ComponentKind, displayComponentId, RONL, formatComponentId } from "./component-id.ts";
import { type ManifestComponent, isLegacy, type Manifest, type TdxMetadata } from "./manifest.ts";

const MIN_NAME_LENGTH = 3;
const MAX_NAME_LENGTH = 128;
const MIN_MEMORY_MB = 16n;

/** What is wrong with the manifest, or undefined. */
export function manifestProblem(manifest: Manifest): string | undefined {
  const seen = new Set<string>();
  for (const [i, component] of manifest.components.entries()) {
    const display = displayComponentId(component);
    const key = `${component.kind}\0${component.name}`;
    if (seen.has(key)) return `component ${i}: another component with id '${display}' already exists`;
    seen.add(key);
    const problem = componentProblem(component);
    if (problem !== undefined) return `component ${i}: ${problem}`;
  }
  if (seen.has(`${formatComponentId(RONL)}\0`) && isLegacy(manifest)) {
    return "manifest defines both legacy and componentized RONL component";
  }
  return manifest.sgx?.executable === "" ? "sgx: executable must be set" : undefined;
}

function componentProblem(component: ManifestComponent): string | undefined {
  const { elf, sgx, tdx } = component;
  if (sgx !== null && tdx !== null) return "each component can only include metadata for a single TEE";
  if (elf?.executable === "") return "elf: executable must be set";
  if (sgx?.executable === "") return "sgx: executable must be set";
  const problem = tdx === null ? undefined : tdxProblem(tdx);
  if (problem !== undefined) return `tdx: ${problem}`;
  switch (component.kind) {
    case ComponentKind.ronl:
      return ronlProblem(component);
    case ComponentKind.rofl:
      return roflNameProblem(component.name);
    default:
      return `unknown component kind: '${component.kind}'`;
  }
}

function ronlProblem({ name, executable, elf, disabled }: ManifestComponent): string | undefined {
  if (name !== "") return "RONL component must have an empty name";
  if (executable === "" && elf === null) return "RONL component must define an executable";
  return disabled ? "RONL component cannot be disabled" : undefined;
}

function roflNameProblem(name: string): string | undefined {
  const length = Buffer.byteLength(name);
  if (length < MIN_NAME_LENGTH) return `ROFL component name must be at least ${MIN_NAME_LENGTH} characters long`;
  if (length > MAX_NAME_LENGTH) return `ROFL component name must be at most ${MAX_NAME_LENGTH} characters long`;
  const form = /^[a-zA-Z0-9_-]+$/;
  return form.test(name) ? undefined : `ROFL component name is invalid (must satisfy: ${form.source})`;
}

function tdxProblem({ firmware, kernel, initrd, stage2Image, resources }: TdxMetadata): string | undefined {
  if (firmware === "") return "firmware must be set";
  if (kernel === "" && stage2Image !== "") return "kernel must be set if stage 2 image is set";
  if (kernel === "" && initrd !== "") return "kernel must be set if initrd image is set";
  if (resources.memory < MIN_MEMORY_MB) return `memory limit must be at least ${MIN_MEMORY_MB}M`;
  if (resources.cpus < 1) return "vCPU count must be at least 1";
  return resources.gpu !== null && resources.gpu.count < 1 ? "GPU count must be at least 1" : undefined;
}
