// Seats that debug parameters of test networks give to certain nodes.
// Reference: go/consensus/cometbft/apps/scheduler/debug_force.go.
import type { PublicKey, scheduler } from "@wadi/types";

import type { Election } from "./election.ts";
import type { Seats } from "./sortition.ts";

type Entries = ReadonlyMap<PublicKey, scheduler.ForceElectCommitteeRole>;

const NO_ENTRIES: Entries = new Map();

/** The nodes with a seat for certain, in order; and where they sit. */
export interface ForcedSeats {
  readonly nodes: readonly PublicKey[];
  readonly entries: Entries;
}

/** True if the node is meant for a committee of this kind, in whatever role: it needs no proof then. */
export function isForced(
  { forced }: Election,
  { runtime, kind }: Pick<Seats, "runtime" | "kind">,
  node: PublicKey,
): boolean {
  return forced?.get(runtime)?.get(node)?.kind === kind;
}

/** Undefined if not all of them are in the pool, or there are more of them than seats. */
export function forcedSeats(
  { forced }: Election,
  { runtime, kind, role }: Seats,
  pool: readonly PublicKey[],
  size: number,
): ForcedSeats | undefined {
  const entries = new Map(
    [...(forced?.get(runtime) ?? NO_ENTRIES)]
      .filter(([, entry]) => entry.kind === kind && entry.roles.includes(role))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const nodes = [...entries.keys()];
  const isPossible = nodes.length <= size && nodes.every((node) => pool.includes(node));
  return isPossible ? { nodes, entries } : undefined;
}

/** The workers with each forced one at its index; undefined if an index is taken or out of range. */
export function placeForced({ entries }: ForcedSeats, elected: readonly PublicKey[]): PublicKey[] | undefined {
  const placed = new Map<number, PublicKey>();
  for (const node of elected) {
    const entry = entries.get(node);
    if (entry === undefined) continue;
    const index = Number(entry.index);
    if (entry.index >= BigInt(elected.length) || placed.has(index)) return undefined;
    placed.set(index, node);
  }
  const others = elected.filter((node) => !entries.has(node)).values();
  return elected.map((_, index) => placed.get(index) ?? (others.next().value as PublicKey));
}
