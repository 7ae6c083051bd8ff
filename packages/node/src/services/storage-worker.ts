// The storage of runtimes as their own service. Reference: go/worker/storage/service_internal.go.
import { StorageWorker } from "@wadi/api";
import type { RpcServer } from "@wadi/rpc";
import { serviceErrors, type Namespace } from "@wadi/types";
import type { RuntimeWorker } from "@wadi/workers";
import { WadiError } from "@wadi/util";

export function addStorageWorkerService(server: RpcServer, workers: ReadonlyMap<Namespace, RuntimeWorker>): void {
  server.add(StorageWorker, {
    GetLastSyncedRound({ runtimeId }) {
      const worker = workers.get(runtimeId);
      if (worker === undefined) throw new WadiError(serviceErrors.ErrWorkerStorageRuntimeNotFound);
      return worker.lastSynced;
    },
  });
}
