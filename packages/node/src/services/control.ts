// The node's controller and its debugging twin. Reference: go/oasis-node/cmd/node/{node_control,node_debug}.go.
import { DebugController, NodeController, type Status } from "@wadi/api";
import type { RpcServer } from "@wadi/rpc";
import type { upgrade } from "@wadi/types";
import { WadiError, errorToWire } from "@wadi/util";

import { plainly } from "./plainly.ts";

/** What the controller does with the node. */
export interface ControlledNode {
  status(): Status;
  isSynced(): boolean;
  isReady(): boolean;
  /** Settle when it is so. */
  readonly synced: Promise<void>;
  readonly ready: Promise<void>;
  /** Deregisters and stops; resolves when it is out of the registry. */
  shutDown(): Promise<void>;
  /** Told why a shutdown that nobody waits for came to nothing. */
  onFailedShutDown(error: unknown): void;
  /** Unpacks a bundle of a runtime and takes it in. */
  addBundle(path: string): Promise<void>;
  /** Stops for another program when the upgrade is due. Throws (`upgrade`, 5) if it is pending already. */
  upgradeBinary(descriptor: upgrade.Descriptor): void;
  /** Throws (`upgrade`, 6) for an upgrade in progress; one that is not known is no failure. */
  cancelUpgrade(descriptor: upgrade.Descriptor): void;
}

/** What debugging may do to the network. */
export interface DebuggedNode {
  setEpoch(epoch: bigint): Promise<void>;
  /** Resolves when so many nodes are registered. */
  waitNodesRegistered(count: number, signal: AbortSignal): Promise<void>;
}

export function addControlService(server: RpcServer, node: ControlledNode): void {
  server.add(NodeController, {
    AddBundle: (path) => within("failed to open bundle", () => node.addBundle(path)),
    CancelUpgrade: (descriptor) => node.cancelUpgrade(descriptor),
    GetStatus: () => node.status(),
    IsReady: () => node.isReady(),
    IsSynced: () => node.isSynced(),
    async RequestShutdown(wait) {
      const done = node.shutDown();
      if (wait) await done;
      else done.catch((error: unknown) => node.onFailedShutDown(error));
    },
    UpgradeBinary: (descriptor) => plainly(() => node.upgradeBinary(descriptor)),
    WaitReady: () => node.ready,
    WaitSync: () => node.synced,
  });
}

export function addDebugService(server: RpcServer, node: DebuggedNode): void {
  server.add(DebugController, {
    SetEpoch: (epoch) => within("set epoch failed", () => node.setEpoch(epoch)),
    WaitNodesRegistered: (count, { signal }) => node.waitNodesRegistered(count, signal),
  });
}

/** Failures that say in which step they happened; module and code stay. */
async function within(what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    const { code, message, module } = errorToWire(cause);
    throw new WadiError({ module, code, text: `${what}: ${message}` }, { cause });
  }
}
