// What an update of a runtime descriptor may change.
// Reference: oasis-core go/registry/api/api.go `VerifyRuntimeUpdate`.
import { AssertionError, WadiError } from "@wadi/util";

import { ErrRuntimeUpdateNotAllowed } from "../errors.ts";
import { governanceModels, runtimeKinds } from "../kinds.ts";
import type { ConsensusParameters } from "../parameters.ts";
import type { Runtime } from "../runtime.ts";
import { activeDeployment, deploymentForVersion, deploymentsEqual, verifyDeployments } from "./deployments.ts";
import { runtimeUpdateNotAllowed } from "./refusal.ts";

/**
 * Refuses a change that is not allowed with registry 18. `current` is in the state, hence valid; where
 * parameters have been tightened since so that its deployments are not, the reference panics and this
 * throws AssertionError.
 */
export function verifyRuntimeUpdate(
  current: Runtime,
  next: Runtime,
  epoch: bigint,
  params: ConsensusParameters,
  isFeatureVersion261: boolean,
): void {
  if (current.id !== next.id) throw runtimeUpdateNotAllowed("ID changed");
  if (current.kind !== next.kind) throw runtimeUpdateNotAllowed("kind changed");
  if (current.genesis.stateRoot !== next.genesis.stateRoot || current.genesis.round !== next.genesis.round) {
    throw runtimeUpdateNotAllowed("genesis changed");
  }
  // A key manager may be added, never removed or replaced.
  if (current.keyManager !== null && current.keyManager !== next.keyManager) {
    throw runtimeUpdateNotAllowed("key manager removed or changed");
  }
  verifyGovernanceChange(current, next);
  verifyDeploymentChanges(current, next, epoch, params, isFeatureVersion261);
}

function verifyGovernanceChange(current: Runtime, next: Runtime): void {
  const from = current.governanceModel;
  const to = next.governanceModel;
  if (from !== to && !(from === governanceModels.entity && to === governanceModels.runtime)) {
    throw runtimeUpdateNotAllowed(`governance model changed from ${from} to ${to}`);
  }
  if (to === governanceModels.runtime && next.kind !== runtimeKinds.compute) {
    throw runtimeUpdateNotAllowed("runtime governance can only be used with compute runtimes");
  }
}

function verifyDeploymentChanges(
  current: Runtime,
  next: Runtime,
  epoch: bigint,
  params: ConsensusParameters,
  isFeatureVersion261: boolean,
): void {
  try {
    verifyDeployments(current, epoch, params, isFeatureVersion261);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AssertionError(`malformed deployments present in state: runtime ${current.id}: ${detail}`);
  }
  try {
    verifyDeployments(next, epoch, params, isFeatureVersion261);
  } catch (cause) {
    throw new WadiError(ErrRuntimeUpdateNotAllowed, { context: "malformed deployments", cause });
  }
  for (const deployment of next.deployments) {
    if (deployment === null) continue;
    const known = deploymentForVersion(current, deployment.version);
    if (known !== undefined && deploymentsEqual(known, deployment)) continue;
    // Only what lies in the future may be added or altered.
    if (deployment.validFrom <= epoch) throw runtimeUpdateNotAllowed("existing deployment changed");
  }

  const active = activeDeployment(current, epoch);
  const nextActive = activeDeployment(next, epoch);
  if (active === undefined) {
    if (nextActive !== undefined) throw runtimeUpdateNotAllowed("immediate deployment");
    return;
  }
  if (nextActive === undefined) throw runtimeUpdateNotAllowed("active deployment removed");
  if (!deploymentsEqual(active, nextActive)) throw runtimeUpdateNotAllowed("active deployment changed");
}
