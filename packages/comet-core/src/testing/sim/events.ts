// Everything that can happen in a simulation.
import type { TimeoutInfo } from "../../rounds/types.ts";
import type { NetworkEvent } from "./network.ts";
import type { ClockStep, CrashPlan, PowerChange } from "./scenario.ts";

/** Belongs to one life of a node: it is void once the node has stopped. */
interface OfLife {
  readonly node: number;
  readonly life: number;
}

export type NodeEvent =
  | (OfLife & { readonly kind: "timer"; readonly timer: number; readonly timeout: TimeoutInfo })
  | (OfLife & {
      readonly kind: "gossip";
      readonly peer: number;
      /** Counts the connections to the peer. */
      readonly connection: number;
    })
  /** Own messages are left to work on. */
  | (OfLife & { readonly kind: "work" })
  | (OfLife & { readonly kind: "flush-log" })
  | (OfLife & { readonly kind: "mischief" });

export type SimEvent =
  | NetworkEvent
  | NodeEvent
  | { readonly kind: "start"; readonly node: number }
  | { readonly kind: "crash"; readonly plan: CrashPlan }
  | { readonly kind: "partition"; readonly groups: readonly number[] | undefined }
  | { readonly kind: "clock-step"; readonly step: ClockStep }
  | { readonly kind: "transaction"; readonly number: number }
  | { readonly kind: "power-change"; readonly change: PowerChange; readonly number: number }
  | { readonly kind: "heal" };
