// Services of the consensus applications: queries from their table, events and streams from blocks.
import * as api from "@wadi/api";
import {
  answerQuery,
  applicationQueries,
  beaconApp,
  keymanagerApp,
  registryApp,
  schedulerApp,
  type QueryBackend,
  type State,
} from "@wadi/apps";
import type { ConsensusBackend, ServiceEvents, StreamedEvents } from "@wadi/consensus";
import type { CallContext, Handlers, Methods, RpcServer, Service } from "@wadi/rpc";
import type { Namespace, registry, roothash } from "@wadi/types";
import { must } from "@wadi/util";
import type { ConsensusNews } from "@wadi/workers";
import { blockOfHeight, runtimeStateAt } from "@wadi/workers";

import type { CommitmentListener } from "../consensus/node-consensus.ts";
import { live, type Tell } from "./live.ts";
import { plainly } from "./plainly.ts";

export interface ApplicationSources {
  readonly backend: ConsensusBackend;
  readonly subscribe: (listener: (news: ConsensusNews) => void) => () => void;
  readonly watchCommitments: (listener: CommitmentListener) => () => void;
}

/** Handlers for all methods of a service that its table of queries answers. */
export function queryHandlers<M extends Methods>(
  { methods, name }: Service<M>,
  backend: QueryBackend,
): Partial<Handlers<M>> {
  const handlers = Object.keys(methods).flatMap((method) => {
    const query = applicationQueries.get(`/${name}/${method}`);
    if (query === undefined) return [];
    return [[method, (request: unknown) => plainly(() => answerQuery(query, backend, request))]];
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
      live<ServiceEvents[K][number]>((tell) => subscribe(({ events }) => tell(() => events[kind])), signal);
  const now = (): State => backend.machine.stateAt(0);
  const epoch = (): bigint => beaconApp.beaconQueries.epoch(now()).epoch;
  /** Changes of one kind; where there is a list of how things are, it comes first. */
  const watch =
    <K extends keyof StreamedEvents>(kind: K, first: () => Iterable<StreamedEvents[K][number]> = () => []) =>
    (_request: unknown, { signal }: CallContext) =>
      live<StreamedEvents[K][number]>((tell) => subscribe(({ events }) => tell(() => events[kind])), signal, first);
  const { churp, secrets } = keymanagerApp.keymanagerQueries;
  const secretStreams = {
    WatchEphemeralSecrets: watch("ephemeralSecret"),
    WatchMasterSecrets: watch("masterSecret"),
    WatchStatuses: watch("keymanagerStatus", () => secrets.statuses(now())),
  };
  const nodeList = (state: State): registry.NodeList => ({ nodes: registryApp.registryQueries.nodes(state) });

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
  server.add(api.KeyManager, { ...queryHandlers(api.KeyManager, from), ...secretStreams });
  server.add(api.KeyManagerSecrets, { ...queryHandlers(api.KeyManagerSecrets, from), ...secretStreams });
  server.add(api.KeyManagerChurp, {
    ...queryHandlers(api.KeyManagerChurp, from),
    WatchStatuses: watch("churpStatus", () => churp.allStatuses(now())),
  });
  server.add(api.Registry, {
    ...queryHandlers(api.Registry, from),
    GetEvents: eventsOf("registry"),
    WatchEvents: watchEvents("registry"),
    WatchNodes: (_, { signal }) =>
      live((tell) => subscribe(({ events }) => tell(() => present(events.registry, ({ node }) => node))), signal),
    WatchEntities: (_, { signal }) =>
      live((tell) => subscribe(({ events }) => tell(() => present(events.registry, ({ entity }) => entity))), signal),
    WatchNodeList: (_, { signal }) =>
      live(
        (tell) =>
          subscribe(({ events, height }) => {
            if (events.nodeList.length > 0) tell(() => [nodeList(backend.machine.stateAt(height))]);
          }),
        signal,
        () => [nodeList(now())],
      ),
    WatchRuntimes: (_, { signal }) =>
      live<registry.Runtime>(
        (tell) =>
          subscribe(({ events }) =>
            tell(() => present(events.registry, ({ runtimeStarted: started }) => started?.runtime)),
          ),
        signal,
        () => registryApp.registryQueries.runtimes(now(), true),
      ),
  });
  const runtimeQueries = queryHandlers(api.RootHash, from);
  server.add(api.RootHash, {
    ...runtimeQueries,
    // A runtime's first block never changes: where it is known the height does not matter.
    GetGenesisBlock: (request, call) =>
      runtimeOf(backend, request.runtimeId)?.genesisBlock ?? must(runtimeQueries.GetGenesisBlock)(request, call),
    GetEvents: eventsOf("roothash"),
    WatchBlocks: (runtimeId, { signal }) => watchRuntimeBlocks(sources, runtimeId, signal),
    WatchEvents: (runtimeId, { signal }) =>
      live<roothash.Event>((tell) => {
        return subscribe(({ events }) => tell(() => events.roothash.filter((e) => e.runtimeId === runtimeId)));
      }, signal),
    WatchExecutorCommitments: (runtimeId, { signal }) =>
      live<roothash.ExecutorCommitment>(
        (tell) =>
          sources.watchCommitments((id, commitment) => {
            if (id === runtimeId) tell(() => [commitment]);
          }),
        signal,
      ),
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

/** What `of` finds, in order. */
function present<E, T>(events: readonly E[], of: (event: E) => T | null | undefined): readonly T[] {
  return events.map(of).filter((found) => found !== null && found !== undefined);
}

/** The epoch now, and every one that begins. */
async function* watchEpochs(
  subscribe: ApplicationSources["subscribe"],
  epoch: () => bigint,
  signal: AbortSignal,
): AsyncGenerator<bigint> {
  let last: bigint | undefined;
  for await (const now of live<bigint>(
    (tell) => subscribe(() => tell(() => [epoch()])),
    signal,
    () => [epoch()],
  )) {
    if (now === last) continue;
    last = now;
    yield now;
  }
}

/** A runtime as of the last block; undefined for one that is unknown, or before the first block. */
function runtimeOf({ machine }: ConsensusBackend, runtimeId: Namespace): roothash.RuntimeState | undefined {
  return machine.lastHeight === 0 ? undefined : runtimeStateAt(machine, runtimeId, 0);
}

/** The last block of a runtime, and every further one. A runtime that is unknown yet may come. */
async function* watchRuntimeBlocks(
  { backend, subscribe }: ApplicationSources,
  runtimeId: Namespace,
  signal: AbortSignal,
): AsyncGenerator<roothash.AnnotatedBlock> {
  const { machine } = backend;
  const chain = {
    lastHeight: 0,
    firstKeptHeight: 0,
    stateAt: (height: number) => machine.stateAt(height),
  };
  let lastHeight = 0;
  const latest = (): readonly roothash.AnnotatedBlock[] => {
    const state = runtimeStateAt(chain, runtimeId, 0);
    if (state === undefined) return [];
    lastHeight = state.lastBlockHeight;
    return [{ consensusHeight: lastHeight, block: state.lastBlock }];
  };
  const follow = (tell: Tell<roothash.AnnotatedBlock>): (() => void) =>
    subscribe(({ height }) =>
      tell(() => {
        const block = height > lastHeight ? blockOfHeight(chain, runtimeId, height) : undefined;
        return block === undefined ? [] : [block];
      }),
    );
  yield* live(follow, signal, latest);
}
