// Services of the consensus applications: queries from their table, events and streams from blocks.
import * as api from "@wadi/api";
import { answerQuery, applicationQueries, beaconApp, roothashApp, schedulerApp, type QueryBackend } from "@wadi/apps";
import type { ConsensusBackend, ServiceEvents } from "@wadi/consensus";
import type { CallContext, Handlers, Methods, RpcServer, Service } from "@wadi/rpc";
import type { Namespace, roothash } from "@wadi/types";
import type { ConsensusNews } from "@wadi/workers";
import { blockOfHeight } from "@wadi/workers";

import { live } from "./live.ts";

export interface ApplicationSources {
  readonly backend: ConsensusBackend;
  readonly subscribe: (listener: (news: ConsensusNews) => void) => () => void;
}

/** Handlers for all methods of a service that its table of queries answers. */
export function queryHandlers<M extends Methods>(
  { methods, name }: Service<M>,
  backend: QueryBackend,
): Partial<Handlers<M>> {
  const handlers = Object.keys(methods).flatMap((method) => {
    const query = applicationQueries.get(`/${name}/${method}`);
    if (query === undefined) return [];
    return [[method, (request: unknown) => answerQuery(query, backend, request)]];
  });
  return Object.fromEntries(handlers) as Partial<Handlers<M>>;
}

/** What queries are answered from. */
export function queryBackend(backend: ConsensusBackend): QueryBackend {
  const { machine } = backend;
  return {
    document: backend.document,
    get lastHeight() {
      return machine.lastHeight;
    },
    get lastRetainedHeight() {
      return backend.lastRetainedHeight;
    },
    stateAt: (height) => machine.stateAt(height),
    estimateGas: (signer, tx) => machine.estimateGas(signer, tx),
  };
}

type EventKind = keyof ServiceEvents;

/** Adds the services of the applications to a server. */
export function addApplicationServices(server: RpcServer, sources: ApplicationSources): void {
  const { backend, subscribe } = sources;
  const from = queryBackend(backend);
  const eventsOf =
    <K extends EventKind>(kind: K) =>
    (height: number): ServiceEvents[K] | null => {
      const events = backend.events(height)[kind];
      return events.length === 0 ? null : events;
    };
  const watchEvents =
    <K extends EventKind>(kind: K) =>
    (_request: unknown, { signal }: CallContext) =>
      live<ServiceEvents[K][number]>((tell) => subscribe(({ events }) => events[kind].forEach(tell)), signal);
  const epoch = (): bigint => beaconApp.beaconQueries.epoch(backend.machine.stateAt(0)).epoch;

  server.add(api.Beacon, {
    ...queryHandlers(api.Beacon, from),
    GetBaseEpoch: () => backend.document.beacon.base,
    async WaitEpoch(wanted, { signal }) {
      for await (const now of watchEpochs(subscribe, epoch, signal)) if (now >= wanted) return;
    },
    WatchEpochs: (_, { signal }) => watchEpochs(subscribe, epoch, signal),
  });
  server.add(api.Governance, {
    ...queryHandlers(api.Governance, from),
    GetEvents: eventsOf("governance"),
    WatchEvents: watchEvents("governance"),
  });
  server.add(api.KeyManager, queryHandlers(api.KeyManager, from));
  server.add(api.KeyManagerSecrets, queryHandlers(api.KeyManagerSecrets, from));
  server.add(api.KeyManagerChurp, queryHandlers(api.KeyManagerChurp, from));
  server.add(api.Registry, {
    ...queryHandlers(api.Registry, from),
    GetEvents: eventsOf("registry"),
    WatchEvents: watchEvents("registry"),
    WatchNodes: (_, { signal }) =>
      live((tell) => subscribe(({ events }) => events.registry.forEach(({ node }) => node && tell(node))), signal),
    WatchEntities: (_, { signal }) =>
      live(
        (tell) => subscribe(({ events }) => events.registry.forEach(({ entity }) => entity && tell(entity))),
        signal,
      ),
  });
  server.add(api.RootHash, {
    ...queryHandlers(api.RootHash, from),
    GetEvents: eventsOf("roothash"),
    WatchBlocks: (runtimeId, { signal }) => watchRuntimeBlocks(sources, runtimeId, signal),
    WatchEvents: (runtimeId, { signal }) =>
      live<roothash.Event>((tell) => {
        return subscribe(({ events }) => events.roothash.filter((e) => e.runtimeId === runtimeId).forEach(tell));
      }, signal),
  });
  server.add(api.Scheduler, {
    ...queryHandlers(api.Scheduler, from),
    async *WatchCommittees(_, { signal }) {
      for await (const _epoch of watchEpochs(subscribe, epoch, signal)) {
        yield* schedulerApp.schedulerQueries.allCommittees(backend.machine.stateAt(0));
      }
    },
  });
  server.add(api.Staking, {
    ...queryHandlers(api.Staking, from),
    GetEvents: eventsOf("staking"),
    WatchEvents: watchEvents("staking"),
  });
  server.add(api.Vault, {
    ...queryHandlers(api.Vault, from),
    GetEvents: eventsOf("vault"),
    WatchEvents: watchEvents("vault"),
  });
}

/** The epoch now, and every one that begins. */
async function* watchEpochs(
  subscribe: ApplicationSources["subscribe"],
  epoch: () => bigint,
  signal: AbortSignal,
): AsyncGenerator<bigint> {
  let last = epoch();
  yield last;
  for await (const now of live<bigint>((tell) => subscribe(() => tell(epoch())), signal)) {
    if (now === last) continue;
    last = now;
    yield now;
  }
}

/** The last block of a runtime, and every further one. */
async function* watchRuntimeBlocks(
  { backend, subscribe }: ApplicationSources,
  runtimeId: Namespace,
  signal: AbortSignal,
): AsyncGenerator<roothash.AnnotatedBlock> {
  const { machine } = backend;
  const { lastBlock, lastBlockHeight } = roothashApp.roothashQueries.runtimeState(machine.stateAt(0), runtimeId);
  yield { consensusHeight: lastBlockHeight, block: lastBlock };
  const chain = {
    lastHeight: 0,
    firstKeptHeight: 0,
    stateAt: (height: number) => machine.stateAt(height),
  };
  const blocks = live<roothash.AnnotatedBlock>((tell) => {
    return subscribe(({ height }) => {
      const block = blockOfHeight(chain, runtimeId, height);
      if (block !== undefined && height > lastBlockHeight) tell(block);
    });
  }, signal);
  yield* blocks;
}
