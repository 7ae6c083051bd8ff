// What an upgrade does to a node and to the state. Reference: go/upgrade/migrations/migrations.go.
import type { Context } from "../framework/context.ts";

/** A registered upgrade. Each part may run more than once for the same block. */
export interface UpgradeHandler {
  /** Local work before the node starts again; with it the node stops at the upgrade. */
  readonly startup?: () => void;
  /** In BeginBlock of the first block of the upgrade epoch, before the applications. */
  readonly beginBlock?: (ctx: Context) => void;
  /** In EndBlock of that block, after the applications. */
  readonly endBlock?: (ctx: Context) => void;
}
