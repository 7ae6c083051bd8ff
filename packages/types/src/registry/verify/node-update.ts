// What a renewed node descriptor may change.
// Reference: oasis-core go/registry/api/api.go `VerifyNodeUpdate`.
import type { Namespace } from "../../scalars/namespace.ts";
import type { Runtime as NodeRuntime } from "../../node/info.ts";
import type { Node } from "../../node/node.ts";
import { hasAnyRole } from "../../node/roles.ts";
import type { CapabilityTEE } from "../../node/tee.ts";
import { compareVersions, formatVersion } from "../../version/version.ts";
import type { Runtime } from "../runtime.ts";
import { activeDeployment, deploymentForVersion } from "./deployments.ts";
import { isNodeExpired } from "./node-basic.ts";
import type { RuntimeLookup } from "./ports.ts";
import { nodeUpdateNotAllowed } from "./refusal.ts";

/** Refuses a change that is not allowed with registry 17. `current` is in the state, hence valid. */
export function verifyNodeUpdate(current: Node, next: Node, runtimes: RuntimeLookup, epoch: bigint): void {
  if (current.id !== next.id) throw nodeUpdateNotAllowed("ID changed");
  if (current.entityId !== next.entityId) throw nodeUpdateNotAllowed("entity changed");
  if (current.consensus.id !== next.consensus.id) throw nodeUpdateNotAllowed("consensus ID changed");

  // An expired node may come back with other runtimes and roles.
  if (isNodeExpired(current, epoch)) return;
  verifyRuntimeChanges(current, next, runtimes, epoch);
  // The reference asks whether the new roles overlap the old, so some roles may be dropped.
  if (!hasAnyRole(next.roles, current.roles)) throw nodeUpdateNotAllowed("roles removed");
}

type VersionsByRuntime = ReadonlyMap<Namespace, ReadonlyMap<string, NodeRuntime>>;

function byRuntime(node: Node): VersionsByRuntime {
  const result = new Map<Namespace, Map<string, NodeRuntime>>();
  for (const entry of node.runtimes ?? []) {
    if (entry === null) continue;
    const versions = result.get(entry.id) ?? new Map<string, NodeRuntime>();
    if (versions.has(formatVersion(entry.version))) throw nodeUpdateNotAllowed("duplicate version for runtime");
    versions.set(formatVersion(entry.version), entry);
    result.set(entry.id, versions);
  }
  return result;
}

function verifyRuntimeChanges(current: Node, next: Node, runtimes: RuntimeLookup, epoch: bigint): void {
  const nextRuntimes = byRuntime(next);
  for (const [id, versions] of byRuntime(current)) {
    const nextVersions = nextRuntimes.get(id);
    if (nextVersions === undefined) throw nodeUpdateNotAllowed(`runtime ${id} removed`);
    const runtime = runtimes.anyRuntime(id);
    if (runtime === undefined) throw nodeUpdateNotAllowed(`runtime ${id} is unknown`);
    for (const [key, entry] of versions) {
      const nextEntry = nextVersions.get(key);
      if (nextEntry !== undefined) {
        verifyTeeChange(entry.capabilities.tee, nextEntry.capabilities.tee);
      } else if (!mayDropVersion(runtime, entry, epoch)) {
        throw nodeUpdateNotAllowed(`version ${key} of runtime ${id} removed`);
      }
    }
  }
}

/** Without an active deployment anything goes; otherwise only what is outdated or not scheduled. */
function mayDropVersion(runtime: Runtime, entry: NodeRuntime, epoch: bigint): boolean {
  const active = activeDeployment(runtime, epoch);
  if (active === undefined) return true;
  if (compareVersions(entry.version, active.version) < 0) return true;
  return deploymentForVersion(runtime, entry.version) === undefined;
}

/** Keys and attestation may change (the enclave restarts), the hardware may not. */
function verifyTeeChange(current: CapabilityTEE | null, next: CapabilityTEE | null): void {
  if ((current === null) !== (next === null)) throw nodeUpdateNotAllowed("TEE capability added or removed");
  if (current?.hardware !== next?.hardware) throw nodeUpdateNotAllowed("TEE hardware changed");
}
