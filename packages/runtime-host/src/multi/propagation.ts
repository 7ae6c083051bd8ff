import type { RuntimeRequestType } from "@wadi/runtime-protocol";

const PROPAGATED: ReadonlySet<RuntimeRequestType> = new Set([
  // Whoever has an old view of consensus signs attestations that are refused.
  "RuntimeConsensusSyncRequest",
  "RuntimeKeyManagerStatusUpdateRequest",
  "RuntimeKeyManagerQuotePolicyUpdateRequest",
] as const);

/** Whether a request goes to all versions, instances and components, not only to the one that answers. */
export function isPropagated(type: RuntimeRequestType): boolean {
  return PROPAGATED.has(type);
}
