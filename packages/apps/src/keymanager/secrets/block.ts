// What happens to key managers when an epoch begins.
// Reference: go/consensus/cometbft/apps/keymanager/secrets/epoch.go.
import { create, encodeCbor } from "@wadi/codec";
import { events, registry, secrets } from "@wadi/types";
import { bytesEqual } from "@wadi/util";

import type { Context } from "../../framework/context.ts";
import { nodes as allNodes, runtimes } from "../../registry/state.ts";
import { verifiedResponses } from "./init-response.ts";
import { masterSecret, setStatus, status } from "./state.ts";
import { generateStatus } from "./status.ts";

/** Gives every active key manager the status of the epoch and tells of those that changed. */
export function updateStatuses(ctx: Context, epoch: bigint, quotes: registry.QuoteVerifier): void {
  const { state } = ctx;
  const keyManagers = runtimes(state).filter(({ kind }) => kind === registry.runtimeKinds.keyManager);
  if (keyManagers.length === 0) return;
  const nodes = allNodes(state);
  const changed: secrets.Status[] = [];
  for (const keyManager of keyManagers) {
    const { id } = keyManager;
    const stored = status(state, id);
    const old = stored ?? create(secrets.Status, { id });
    const verifiedResponse = verifiedResponses(ctx, keyManager, quotes);
    const next = generateStatus({ old, proposal: masterSecret(state, id), nodes, epoch, verifiedResponse });
    if (stored !== undefined && isSame(stored, next)) continue;
    setStatus(state, next);
    changed.push(next);
  }
  if (changed.length > 0) ctx.emit(events.eventKinds.keymanagerStatus, { statuses: changed });
}

function isSame(a: secrets.Status, b: secrets.Status): boolean {
  return bytesEqual(encodeCbor(secrets.Status, a), encodeCbor(secrets.Status, b));
}
