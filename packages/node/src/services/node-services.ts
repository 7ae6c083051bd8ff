// All services of a node on one server.
import type { Status } from "@wadi/api";
import { RpcServer } from "@wadi/rpc";
import type { Logging } from "@wadi/telemetry";
import type { Namespace, consensus } from "@wadi/types";
import type { RuntimeWorker } from "@wadi/workers";

import type { NodeConsensus } from "../consensus/node-consensus.ts";
import type { Readiness } from "../readiness.ts";
import { addApplicationServices } from "./applications.ts";
import { addConsensusService } from "./consensus.ts";
import { addControlService, addDebugService, type ControlledNode, type DebuggedNode } from "./control.ts";
import { addRuntimeClientService } from "./runtime-client.ts";
import { addStorageWorkerService } from "./storage-worker.ts";

export interface ServiceParts {
  readonly consensus: NodeConsensus;
  readonly workers: ReadonlyMap<Namespace, RuntimeWorker>;
  readonly readiness: Readiness;
  readonly status: () => Status;
  readonly consensusStatus: () => consensus.Status;
  readonly control: Pick<ControlledNode, "addBundle" | "shutDown">;
  /** Where debugging is allowed. */
  readonly debugging: DebuggedNode | undefined;
  readonly logging: Logging;
}

/** A server that does not listen yet. */
export function nodeServer(parts: ServiceParts): RpcServer {
  const { consensus, control, debugging, readiness, workers } = parts;
  const { port, sync, validator } = consensus;
  const log = parts.logging.logger("grpc/internal");
  const server = new RpcServer({
    onFailure: (method, error) => log.debug("request failed", { method, err: error as Error }),
  });
  const { backend, stateDatabase, subscribe } = port;
  const sources = { backend, subscribe, watchCommitments: consensus.watchCommitments };
  addApplicationServices(server, sources);
  addConsensusService(server, {
    ...sources,
    stateDatabase,
    submit: (raw, signal) => validator.submit(raw, signal),
    submitNoWait: (raw) => validator.submitNoWait(raw),
    requireTxSize: (sizeBytes) => validator.requireTxSize(sizeBytes),
    submitEvidence: (evidence) => validator.engine.addEvidence(evidence),
    status: parts.consensusStatus,
  });
  addRuntimeClientService(server, port, workers);
  if (workers.size > 0) addStorageWorkerService(server, workers);
  const { upgrades } = validator.host;
  addControlService(server, {
    ...control,
    onFailedShutDown: (error) => log.error("the node could not be shut down", { err: error as Error }),
    status: parts.status,
    isSynced: () => sync.isSynced,
    isReady: () => readiness.isReady,
    synced: sync.synced,
    ready: readiness.ready,
    upgradeBinary: (descriptor) => upgrades.submitDescriptor(descriptor),
    cancelUpgrade: (descriptor) => upgrades.cancelUpgrade(descriptor),
  });
  if (debugging !== undefined) addDebugService(server, debugging);
  return server;
}
