// Reading of trees by a runtime (go/runtime/registry/handler.go `handleHostStorageSync`).
import {
  hostStorageEndpoints,
  type HostStorageSyncRequest,
  type HostStorageSyncResponse,
  type ReadSyncer,
} from "@wadi/mkvs";
import type { HostServices, ServiceCall } from "./host-services.ts";
import { plainError } from "./errors.ts";

type StorageServices = Pick<HostServices, "consensusStorage" | "runtimeStorage">;

function syncerOf(endpoint: number, services: StorageServices): ReadSyncer {
  const syncers: Readonly<Record<number, ReadSyncer | undefined>> = {
    [hostStorageEndpoints.runtime]: services.runtimeStorage,
    [hostStorageEndpoints.consensus]: services.consensusStorage,
  };
  const syncer = syncers[endpoint];
  if (syncer === undefined) throw plainError("endpoint not supported");
  return syncer;
}

/** Answers with a proof; the errors of the storage pass. */
export async function syncStorage(
  request: HostStorageSyncRequest,
  services: StorageServices,
  { signal }: ServiceCall,
): Promise<HostStorageSyncResponse> {
  const syncer = syncerOf(request.endpoint, services);
  if (request.syncGet) return { proofResponse: await syncer.syncGet(request.syncGet, { signal }) };
  if (request.syncGetPrefixes) {
    return { proofResponse: await syncer.syncGetPrefixes(request.syncGetPrefixes, { signal }) };
  }
  if (request.syncIterate) return { proofResponse: await syncer.syncIterate(request.syncIterate, { signal }) };
  throw plainError("method not supported");
}
