// The node's controller and its debugging twin. Reference: go/oasis-node/cmd/node/{node_control,node_debug}.go.
import { DebugController, NodeController, type Status } from "@wadi/api";
import type { RpcServer } from "@wadi/rpc";

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
  /** Unpacks a bundle of a runtime and takes it in. */
  addBundle(path: string): Promise<void>;
}

/** What debugging may do to the network. */
export interface DebuggedNode {
  setEpoch(epoch: bigint): Promise<void>;
  /** Resolves when so many nodes are registered. */
  waitNodesRegistered(count: number, signal: AbortSignal): Promise<void>;
}

export function addControlService(server: RpcServer, node: ControlledNode): void {
  server.add(NodeController, {
    AddBundle: (path) => node.addBundle(path),
    GetStatus: () => node.status(),
    IsReady: () => node.isReady(),
    IsSynced: () => node.isSynced(),
    async RequestShutdown(wait) {
      const done = node.shutDown();
      if (wait) await done;
      else done.catch(() => undefined);
    },
    WaitReady: () => node.ready,
    WaitSync: () => node.synced,
  });
}

export function addDebugService(server: RpcServer, node: DebuggedNode): void {
  server.add(DebugController, {
    SetEpoch: (epoch) => node.setEpoch(epoch),
    WaitNodesRegistered: (count, { signal }) => node.waitNodesRegistered(count, signal),
  });
}
