// `bundle inspect` and `bundle verify`: what a bundle holds, and whether it is whole.
import {
  availableComponents,
  type Bundle,
  type ComponentId,
  displayComponentId,
  enclaveIdentities,
  formatManifest,
  isDetached,
  isLegacy,
  type ManifestComponent,
  openBundle,
  type OpenBundleOptions,
  teeKindName,
  teeKindOf,
} from "@wadi/runtime-host";
import { formatVersion, type Hash, type Namespace, sgx } from "@wadi/types";

import type { Run } from "../../command.ts";
import { reportFailures, UsageFailure } from "./failure.ts";
import type { inspectOptions, verifyOptions } from "./options.ts";

export const inspectBundle: Run<typeof inspectOptions> = ({ bundle: path, json }, io) =>
  reportFailures(io, async () => {
    await using bundle = await openBundle(path);
    io.stdout.write(json ? `${formatManifest(bundle.manifest, "  ")}\n` : await describe(bundle));
    return 0;
  });

export const verifyBundle: Run<typeof verifyOptions> = ({ bundle: path, hash, id }, io) =>
  reportFailures(io, async () => {
    const expected: OpenBundleOptions = {
      ...(hash === "" ? {} : { manifestHash: hexDigits(hash, "--hash") as Hash }),
      ...(id === "" ? {} : { runtimeId: hexDigits(id, "--id") as Namespace }),
    };
    await using bundle = await openBundle(path, expected);
    io.stdout.write(`bundle is valid\nmanifest hash: ${bundle.manifestHash}\nruntime ID: ${bundle.manifest.id}\n`);
    return 0;
  });

function hexDigits(text: string, flag: string): string {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new UsageFailure(`${flag} takes 64 hexadecimal digits`);
  return text.toLowerCase();
}

async function describe(bundle: Bundle): Promise<string> {
  const { manifest, manifestHash, files } = bundle;
  const form = [isLegacy(manifest) ? "legacy" : "", isDetached(manifest) ? "detached" : ""].filter((s) => s !== "");
  const lines = [
    `manifest hash: ${manifestHash}`,
    `name:          ${manifest.name === "" ? "(none)" : manifest.name}`,
    `runtime ID:    ${manifest.id}`,
    ...(form.length === 0 ? [] : [`form:          ${form.join(", ")}`]),
    "components:",
  ];
  for (const component of availableComponents(manifest)) lines.push(...(await describeComponent(component, bundle)));
  lines.push("files:", ...[...files].map(([name, { sizeBytes }]) => `  ${name}: ${sizeBytes} bytes`));
  return `${lines.join("\n")}\n`;
}

async function describeComponent(component: ManifestComponent, bundle: Bundle): Promise<string[]> {
  const id: ComponentId = component;
  const tee = teeKindName(teeKindOf(component));
  const disabled = component.disabled ? ", disabled by default" : "";
  const lines = [`  ${displayComponentId(id)}: version ${formatVersion(component.version)}, TEE ${tee}${disabled}`];
  if (component.sgx === null && component.identity.length === 0) return lines;
  const isSigned = component.identity.length > 0 || component.sgx?.signature !== "";
  for (const identity of await enclaveIdentities(component, bundle.files, { allowDummySigner: true })) {
    lines.push(`    MRENCLAVE: ${sgx.mrEnclaveOf(identity)}`);
    lines.push(`    MRSIGNER:  ${isSigned ? sgx.mrSignerOf(identity) : "(no signature)"}`);
  }
  return lines;
}
