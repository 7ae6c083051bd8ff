// All upgrades that this program can do, by the name that a descriptor gives.
// Reference: go/upgrade/migrations.
import type { UpgradeHandler } from "./handler.ts";
import { consensus240 } from "./handlers/consensus240.ts";
import { consensus261 } from "./handlers/consensus261.ts";
import { e2eTestValid } from "./handlers/e2e-test-valid.ts";

export const upgradeHandlers: ReadonlyMap<string, UpgradeHandler> = new Map<string, UpgradeHandler>([
  ["consensus240", consensus240],
  ["consensus261", consensus261],
  ["__e2e-test-valid", e2eTestValid],
  // New protocol versions without changes of the state.
  ["empty", {}],
]);
