import type { ArchiveLimits } from "./archive.ts";

const MIB = 2 ** 20;

/** The largest bundle that is downloaded unless `runtime.max_bundle_size` says otherwise. */
export const DEFAULT_MAX_BUNDLE_BYTES = 20 * MIB;

/** For files that the operator names: VM images are large. */
export const localLimits: ArchiveLimits = { entries: 1024, unpackedBytes: 256 * 1024 * MIB, manifestBytes: 4 * MIB };

/** How much larger than its download a bundle may become: executables shrink to a quarter, images more. */
const MAX_EXPANSION = 32;

/** For bundles that somebody else provides. */
export function downloadLimits(maxBundleBytes: number): ArchiveLimits {
  return { ...localLimits, unpackedBytes: MAX_EXPANSION * maxBundleBytes };
}
