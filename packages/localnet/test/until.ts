import type { Localnet } from "../src/localnet.ts";

/** Far beyond what anything takes on a slow, busy machine. */
const LIMIT_MS = 120_000;

/**
 * Waits until a condition holds that depends on the network's blocks or on its runtime: looks after
 * each block and each event of the runtime. Rejects with `what` if that never happens.
 */
export async function until(
  { node, worker }: Pick<Localnet, "node" | "worker">,
  condition: () => boolean,
  what: string,
): Promise<void> {
  const met = Promise.withResolvers<void>();
  const check = (): void => {
    if (condition()) met.resolve();
  };
  // Other listeners of the same event are to be through with it.
  const checkSoon = (): void => void setImmediate(check);
  const limit = setTimeout(() => met.reject(new Error(`never: ${what}`)), LIMIT_MS);
  const ends = [node.consensus.subscribe(checkSoon), worker.runtime.watch(checkSoon)];
  try {
    check();
    await met.promise;
  } finally {
    clearTimeout(limit);
    for (const end of ends) end();
  }
}
