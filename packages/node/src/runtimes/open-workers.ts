// The workers of a node's runtimes, each with its stores and its hosted versions.
import { join } from "node:path";
import type { NodeIdentity } from "@wadi/crypto";
import { LmdbStore } from "@wadi/kv";
import { DatabaseSyncer, openNodeDb } from "@wadi/mkvs";
import { KvLocalStorage, neededBundles, type HostServices, type Launcher } from "@wadi/runtime-host";
import type { Logger } from "@wadi/telemetry";
import { node, type Namespace } from "@wadi/types";
import { CommitmentFile, RuntimeWorker, noPeers, type ConsensusPort, type RegistrationWorker } from "@wadi/workers";

import type { NodeOptions } from "../node-options.ts";
import type { NodeBundles } from "./bundles.ts";
import { runtimeProcess } from "./hosted-runtime.ts";
import { hostVersions } from "./hosted-versions.ts";

export interface WorkerParts {
  readonly runtimeId: Namespace;
  readonly launcher: Launcher;
  readonly bundles: NodeBundles;
  readonly consensus: ConsensusPort;
  readonly registration: RegistrationWorker;
  readonly identity: NodeIdentity;
  readonly options: Pick<
    NodeOptions,
    "dataDir" | "mode" | "localConfigs" | "logging" | "memory" | "provisioner" | "workers"
  >;
  /** Owns the worker and, for longer, the stores that it works with. */
  readonly resources: AsyncDisposableStack;
}

/** One worker for each runtime that something launches. */
export function openWorkers(
  launchers: ReadonlyMap<Namespace, Launcher>,
  parts: Omit<WorkerParts, "runtimeId" | "launcher">,
): ReadonlyMap<Namespace, RuntimeWorker> {
  return new Map(
    [...launchers].map(([runtimeId, launcher]) => [runtimeId, openWorker({ ...parts, runtimeId, launcher })]),
  );
}

function openWorker(parts: WorkerParts): RuntimeWorker {
  const { bundles, consensus: port, identity, launcher, options, registration, resources, runtimeId } = parts;
  const { dataDir, logging, memory, provisioner = "sandboxed" } = options;
  const folder = join(dataDir, "runtimes", runtimeId);
  const resident = memory && { residentBytes: memory.residentBytes };
  const store = (name: string): LmdbStore =>
    resources.use(new LmdbStore({ path: join(folder, name, "data.mdb"), ...resident }));
  const storage = resources.use(
    openNodeDb({ path: join(folder, "mkvs_storage.wadi.db"), namespace: runtimeId, noFsync: true, ...memory }),
  );
  const chain = port.backend.machine.chainContext;
  const localConfig = options.localConfigs?.get(runtimeId);
  const isCompute = options.mode === "compute";
  const provider = isCompute ? registration.provide(node.roles.compute, () => worker.registration()) : undefined;
  const log: Logger = logging.logger("worker/executor").with({ runtime_id: runtimeId });
  const worker = new RuntimeWorker({
    runtimeId,
    chain,
    consensus: port,
    peers: noPeers,
    history: store("history.db"),
    storage,
    ...(isCompute ? { executor: identity.node, signed: new CommitmentFile(join(folder, "commitments.cbor")) } : {}),
    log,
    ...options.workers,
    host(workerServices) {
      const localStorage = new KvLocalStorage(store("worker-local-storage.wadi.db"));
      const services = { ...hostServices(port, identity), ...workerServices, localStorage };
      return hostVersions({
        runtimeId,
        registry: bundles.registry,
        log: logging.logger("runtime/host"),
        process: (component) =>
          runtimeProcess({ component, launcher, provisioner, chain, localConfig, logging, services }),
      });
    },
    onDescriptor: ({ deployments }, epoch) => {
      const needed = neededBundles(
        deployments.filter((deployment) => deployment !== null),
        epoch,
      );
      const missing = needed.filter((hash) => !bundles.registry.has(hash));
      bundles.manager.download(runtimeId, missing);
    },
    onAvailability: (isAvailable) => {
      if (provider === undefined) return;
      provider.isAvailable = isAvailable;
      registration.changed();
    },
  });
  return resources.use(worker);
}

/** What the node does for all of its runtimes. */
function hostServices(port: ConsensusPort, identity: NodeIdentity): Omit<HostServices, "localStorage"> {
  const { backend } = port;
  const at = (height: bigint): number => (height === 0n ? backend.latestHeight : Number(height));
  return {
    identity: { nodeId: identity.node.publicKey },
    consensusStorage: new DatabaseSyncer(port.stateDatabase),
    consensus: {
      lightBlock: (height) => backend.lightBlock(at(height)),
      validators: (height) => backend.validators(at(height)),
      events: (height, kind) => {
        const events = backend.events(at(height))[kind];
        const none = { staking: null, registry: null, roothash: null, governance: null };
        return events.map((event) => ({ ...none, [kind]: event }));
      },
      transactionsWithProofs: (height) => backend.transactionsWithProofs(at(height)),
      genesisHeight: () => BigInt(backend.genesisHeight),
    },
  };
}
