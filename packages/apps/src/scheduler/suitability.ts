// Which nodes can execute a runtime.
// Reference: go/consensus/cometbft/apps/scheduler/scheduler.go (isSuitableExecutorWorker).
import { compareVersions, node as nodeTypes, registry } from "@wadi/types";

import { isRefusal } from "../framework/errors.ts";
import { isSuspended } from "../registry/node-status.ts";
import type { Candidate } from "./election.ts";

const { none } = nodeTypes.teeHardware;

/** What attestations are judged by at this block. */
export interface AttestationRules {
  readonly features: nodeTypes.TEEFeatures | null;
  readonly isFeatureVersion261: boolean;
  readonly context: registry.AttestationContext;
}

/** The test for one runtime in one epoch; nobody is suitable without an active deployment. */
export function executorSuitability(
  runtime: registry.Runtime,
  epoch: bigint,
  attestations: AttestationRules,
): (candidate: Candidate) => boolean {
  const deployment = registry.activeDeployment(runtime, epoch);
  if (deployment === undefined) return () => false;
  return ({ node, status }) => {
    if (!nodeTypes.hasAnyRole(node.roles, nodeTypes.roles.compute)) return false;
    // The first entry of the active version decides.
    const entry = node.runtimes?.find(
      (one) => one?.id === runtime.id && compareVersions(one.version, deployment.version) === 0,
    );
    if (entry === undefined || entry === null || isSuspended(status, runtime.id, epoch)) return false;
    if (runtime.teeHardware === none) return entry.capabilities.tee === null;
    return entry.capabilities.tee !== null && isAttested(node, entry, runtime, attestations);
  };
}

/** Attestations were valid at registration; here they must be valid now. */
function isAttested(
  node: nodeTypes.Node,
  entry: nodeTypes.Runtime,
  runtime: registry.Runtime,
  { features, isFeatureVersion261, context }: AttestationRules,
): boolean {
  try {
    registry.verifyNodeRuntimeEnclaves(node.id, entry, runtime, features, isFeatureVersion261, context);
    return true;
  } catch (e) {
    if (!isRefusal(e)) throw e;
    return false;
  }
}
