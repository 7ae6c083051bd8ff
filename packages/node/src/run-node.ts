// Starts a node. What is started first is stopped last:
//
// | Stage | Owns | Where it fails |
// |---|---|---|
// | data directory | the lock, the identity | another node's files and socket are left alone |
// | bundles | the bundles, programs that load their code ahead | an operator named a bundle that is none |
// | consensus | engine, applications, their stores | damaged stores, a halt, a genesis document that is wrong |
// | workers | each runtime's stores and processes, not started; the registration | |
// | services | the socket | it is taken |
// | following | the workers follow the chain and start their runtimes; the node registers | a history that cannot be used |
// | unpacking, beside all that follows the bundles | | a bundle's files are damaged, the disk is full |
//
// A stage that fails has undone itself when it rejects; the stages before it are then stopped in
// reverse order, as they are where the start is to end. Whatever goes wrong later settles
// `RunningNode.stopped`, or is met by a retry.
import { join } from "node:path";
import { loadOrCreateIdentity } from "@wadi/crypto";

import { startConsensus } from "./consensus/node-consensus.ts";
import { lockDataDirectory } from "./data-directory.ts";
import { Debugging } from "./debugging.ts";
import type { NodeOptions } from "./node-options.ts";
import { consensusStatus, nodeStatus } from "./node-status.ts";
import { RunningNode } from "./node.ts";
import { Readiness } from "./readiness.ts";
import { openRegistration } from "./registration/node-registration.ts";
import { openNodeStore } from "./registration/registration-flag.ts";
import { openBundles, type NodeBundlesOptions } from "./runtimes/bundles.ts";
import { launchRecords, launcherOf } from "./runtimes/hosted-runtime.ts";
import { bundlesFolder } from "./runtimes/named-bundle.ts";
import { openWorkers } from "./runtimes/open-workers.ts";
import { nodeServer } from "./services/node-services.ts";
import { ShutDown } from "./shut-down.ts";

/**
 * The node follows its chain and answers its socket when this resolves; dispose of it to stop it.
 * Rejects with what is wrong with the data directory, the genesis document, a bundle or the sandbox;
 * nothing runs then. Rejects with the reason of the options' signal likewise.
 */
export async function runNode(options: NodeOptions): Promise<RunningNode> {
  const { dataDir, entityId, logging, signal } = options;
  signal?.throwIfAborted();
  await using resources = new AsyncDisposableStack();
  resources.use(options.lock ?? lockDataDirectory(dataDir));
  const records = launchRecords(dataDir, logging);
  const identity = options.identity ?? loadOrCreateIdentity(dataDir, { nowSeconds: Math.floor(Date.now() / 1000) });

  const bundles = resources.use(await openBundles(bundlesOptions(options), logging.logger("runtime/bundle/manager")));
  signal?.throwIfAborted();
  // Bundles are unpacked, and programs load their code, while the chain is brought up.
  const launchers = new Map(
    [...bundles.runtimeIds].map((id) => [
      id,
      resources.use(launcherOf(bundles.registry.components(id), { ...options, records }, bundles.unpacked)),
    ]),
  );

  const consensus = resources.use(await startConsensus(options, identity));
  const { port, sync } = consensus;
  const { backend } = port;
  options.onStep?.("consensus");
  signal?.throwIfAborted();

  const values = resources.use(openNodeStore(dataDir));
  const registration = resources.use(openRegistration(options, port, identity, values));
  const workers = openWorkers(launchers, { bundles, consensus: port, registration, identity, options, resources });
  // What a history has not taken in, or a kill would take from it, is only in the states of consensus.
  for (const worker of workers.values()) consensus.validator.host.onPrune((height) => worker.mayPrune(height));

  // Whether it is registered does not count: its owner may wait for a node that is ready.
  const readiness = new Readiness([sync.synced, ...[...workers.values()].map(({ initialized }) => initialized)]);
  const deregisters = options.shutDown !== "at-once" && entityId !== undefined;
  const shutDown = new ShutDown({ backend, registration, log: logging.logger("worker/registration") }, deregisters);
  const debugging = options.debugSigner && new Debugging(port, options.debugSigner);
  const statusSources = { options, identity, consensus, bundles: bundles.registry, workers, registration };
  const status = () => nodeStatus(statusSources);
  const server = nodeServer({
    consensus,
    workers,
    readiness,
    status,
    consensusStatus: () => consensusStatus(statusSources),
    control: { addBundle: (path) => bundles.add(path), shutDown: () => shutDown.request() },
    debugging,
    logging,
  });
  const socket = options.socket ?? join(dataDir, "internal.sock");
  // Also where listening fails half way.
  resources.use(server);
  await server.listen(socket);
  options.onStep?.("services");
  logging.logger("grpc/internal").info("gRPC server started", { network: "unix", address: socket });

  if (!sync.isSynced) {
    const text = "waiting for peers: the chain goes on without this node, which cannot connect to others yet";
    logging.logger("consensus").warn(text, { height: backend.machine.lastHeight });
  }
  for (const worker of workers.values()) await worker.start(signal === undefined ? {} : { signal });
  signal?.throwIfAborted();
  resources.defer(port.subscribe(() => registration.blockCommitted()));
  registration.blockCommitted();
  // As late as that: everything up to here was done meanwhile, and runtimes wait for it by themselves.
  await bundles.unpacked;
  signal?.throwIfAborted();
  options.onStep?.("unpacked");
  return new RunningNode({
    consensus,
    workers,
    registration,
    identity,
    socket,
    methods: server.methods,
    readiness,
    shutDown,
    debugging,
    status,
    resources: resources.move(),
  });
}

function bundlesOptions(options: NodeOptions): NodeBundlesOptions {
  const { dataDir, maxBundleBytes } = options;
  return {
    dataDir,
    folder: options.bundlesFolder ?? bundlesFolder(dataDir),
    paths: options.bundles,
    runtimeIds: options.runtimes ?? [],
    registries: options.registries ?? [],
    runtimeRegistries: options.runtimeRegistries ?? new Map(),
    ...(maxBundleBytes === undefined ? {} : { maxBundleBytes }),
  };
}
