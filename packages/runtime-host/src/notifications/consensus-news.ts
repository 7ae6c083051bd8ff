// News of consensus: the latest height, and when to attest again because of it
// (go/runtime/registry/notifier_light.go).
import { NOTIFY_TIMEOUT_MS, type NotificationQueue } from "./notification-queue.ts";

/** Lets every component follow to `height`. */
export function notifyHeight(queue: NotificationQueue, height: bigint): void {
  queue.pushToAll("consensus-sync", async (runtime, signal) => {
    await runtime.request("RuntimeConsensusSyncRequest", { height }, { timeoutMs: NOTIFY_TIMEOUT_MS, signal });
  });
}

/** Attestations are at least so far apart. */
const MIN_INTERVAL_MS = 5 * 60 * 1000;

/** When a TEE runtime attests again for its attestation not to get too old in blocks. */
export interface ReattestationPlan {
  /** Blocks between attestations; 0n is never. */
  readonly blocks: bigint;
  /** The last attestation, undefined before the first block. */
  readonly last: { readonly height: bigint; readonly timeMs: number } | undefined;
}

export const noReattestation: ReattestationPlan = { blocks: 0n, last: undefined };

/**
 * Takes the largest age of attestations (in blocks) from the runtime's descriptor; `random` is from
 * 0 up to 1. Nodes attest after 50 to 90 % of it, not all at once.
 */
export function planReattestation(plan: ReattestationPlan, maxAge: bigint, random: number): ReattestationPlan {
  if (maxAge <= 2n) return { ...plan, blocks: 0n };
  const spread = (maxAge * 4n) / 10n;
  const scaled = (spread * BigInt(Math.floor(random * 0x1_0000_0000))) >> 32n;
  return { ...plan, blocks: maxAge / 2n + scaled };
}

/** Takes a new block: whether to attest now, and the plan from here on. */
export function reattestAt(
  plan: ReattestationPlan,
  height: bigint,
  timeMs: number,
): { readonly plan: ReattestationPlan; readonly isDue: boolean } {
  const now = { height, timeMs };
  if (plan.last === undefined) return { plan: { ...plan, last: now }, isDue: false };
  const { last, blocks } = plan;
  const isDue = blocks > 0n && height - last.height > blocks && timeMs - last.timeMs > MIN_INTERVAL_MS;
  return { plan: isDue ? { ...plan, last: now } : plan, isDue };
}
