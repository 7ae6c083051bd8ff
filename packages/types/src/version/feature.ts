// Feature gates: rules that apply once the consensus parameter `feature_version` is high enough.
// Reference: go/consensus/genesis/genesis.go (IsFeatureVersion), go/upgrade/migrations/consensus_261.go.
import { compareVersions, version, type Version } from "./version.ts";

/**
 * Observer nodes need runtimes, FMSPC whitelists are allowed, the vault and its parameters come
 * in by migration.
 */
export const FEATURE_26_1: Version = version(26, 1);

/** True if the network has reached the feature; an unset version has reached none. */
export function hasFeature(parameters: { readonly featureVersion: Version | null }, wanted: Version): boolean {
  return parameters.featureVersion !== null && compareVersions(parameters.featureVersion, wanted) >= 0;
}
