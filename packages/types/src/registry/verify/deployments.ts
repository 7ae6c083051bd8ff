// Deployments (versions) of a runtime.
// Reference: oasis-core go/registry/api/runtime.go `ValidateDeployments`, `ActiveDeployment`.
import { bytesEqual, WadiError } from "@wadi/util";

import type { SGXConstraints } from "../../node/sgx.ts";
import { teeHardware } from "../../node/tee.ts";
import { compareVersions, type Version, versionsEqual } from "../../version/version.ts";
import { ErrNoEnclaveForRuntime } from "../errors.ts";
import type { ConsensusParameters } from "../parameters.ts";
import type { Runtime, VersionInfo } from "../runtime.ts";
import { invalidArgument } from "./refusal.ts";
import { decodeSgxConstraints, sgxConstraintsProblem } from "./sgx-rules.ts";

/** Networks may raise this limit, not lower it. */
const MIN_DEPLOYMENTS_LIMIT = 2;
const BUNDLE_CHECKSUM_BYTES = 32;

/** The deployment in force: the one with the highest start among those that have started. */
export function activeDeployment(runtime: Runtime, epoch: bigint): VersionInfo | undefined {
  let active: VersionInfo | undefined;
  for (const deployment of runtime.deployments) {
    if (deployment === null || deployment.validFrom > epoch) continue;
    if (active === undefined || active.validFrom < deployment.validFrom) active = deployment;
  }
  return active;
}

/** The next deployment to come into force. */
export function nextDeployment(runtime: Runtime, epoch: bigint): VersionInfo | undefined {
  let next: VersionInfo | undefined;
  for (const deployment of runtime.deployments) {
    if (deployment === null || deployment.validFrom <= epoch) continue;
    if (next === undefined || next.validFrom >= deployment.validFrom) next = deployment;
  }
  return next;
}

/** The deployment of exactly this version. */
export function deploymentForVersion(runtime: Runtime, version: Version): VersionInfo | undefined {
  return runtime.deployments.find((d) => d !== null && versionsEqual(d.version, version)) ?? undefined;
}

/** Equality of all members; an absent TEE part equals an empty one. */
export function deploymentsEqual(a: VersionInfo, b: VersionInfo): boolean {
  const empty = new Uint8Array();
  return (
    versionsEqual(a.version, b.version) &&
    a.validFrom === b.validFrom &&
    bytesEqual(a.tee ?? empty, b.tee ?? empty) &&
    bytesEqual(a.bundleChecksum, b.bundleChecksum)
  );
}

/** Refuses malformed deployments with registry 1, or 5 where an SGX runtime names no enclave. */
export function verifyDeployments(
  runtime: Runtime,
  epoch: bigint,
  params: ConsensusParameters,
  isFeatureVersion261: boolean,
): void {
  const { deployments } = runtime;
  if (deployments.length === 0) throw invalidArgument("no deployments");
  if (deployments.length > Math.max(MIN_DEPLOYMENTS_LIMIT, params.maxRuntimeDeployments)) {
    throw invalidArgument("too many deployments");
  }
  const present = deployments.filter((deployment) => deployment !== null);
  if (present.length !== deployments.length) throw invalidArgument("nil deployment");

  let previous: VersionInfo | undefined;
  for (const deployment of present.toSorted((a, b) => compareVersions(a.version, b.version))) {
    if (previous !== undefined) {
      if (versionsEqual(previous.version, deployment.version)) throw invalidArgument("duplicate version");
      if (previous.validFrom >= deployment.validFrom) throw invalidArgument("versions must increase over time");
    }
    previous = deployment;
    verifyDeploymentTee(runtime, deployment, params, isFeatureVersion261);
    const checksumBytes = deployment.bundleChecksum.length;
    if (checksumBytes !== 0 && checksumBytes !== BUNDLE_CHECKSUM_BYTES)
      throw invalidArgument("invalid bundle checksum");
  }
  if (present.filter((deployment) => deployment.validFrom > epoch).length > 1) {
    throw invalidArgument("more than one future deployment");
  }
}

function verifyDeploymentTee(
  runtime: Runtime,
  deployment: VersionInfo,
  params: ConsensusParameters,
  isFeatureVersion261: boolean,
): void {
  switch (runtime.teeHardware) {
    case teeHardware.none:
      // An empty byte string is not the absence of one.
      if (deployment.tee !== null) throw invalidArgument("TEE constraints when no TEE specified");
      return;
    case teeHardware.intelSGX: {
      let constraints: SGXConstraints;
      try {
        constraints = decodeSgxConstraints(deployment.tee);
      } catch (e) {
        throw invalidArgument("invalid SGX TEE constraints", e);
      }
      const problem = sgxConstraintsProblem(constraints, params.teeFeatures, isFeatureVersion261);
      if (problem !== undefined) throw invalidArgument(`invalid SGX TEE constraints: ${problem}`);
      if (constraints.enclaves.length === 0) {
        throw new WadiError(ErrNoEnclaveForRuntime, { context: "invalid SGX TEE constraints" });
      }
      return;
    }
    default:
      throw invalidArgument("invalid TEE hardware");
  }
}
