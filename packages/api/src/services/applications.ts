// Services of the consensus applications: the queries of their table, events and streams.
import { serviceQueries, type Query } from "@wadi/apps";
import { i64Number, list, nullable, type Schema } from "@wadi/codec";
import { service, stream, unary, type UnaryMethod } from "@wadi/rpc";
import {
  EpochTime,
  Namespace,
  churp,
  governance,
  registry,
  roothash,
  scheduler,
  secrets,
  staking,
  vault,
} from "@wadi/types";

type QueryTable = Readonly<Record<string, Query<unknown, unknown>>>;
type MethodsOf<T extends QueryTable> = {
  readonly [K in keyof T]: T[K] extends Query<infer Q, infer A> ? UnaryMethod<Q, A> : never;
};

/** The methods that a table of queries answers. */
function methodsOf<T extends QueryTable>(table: T): MethodsOf<T> {
  const methods = Object.entries(table).map(([name, { request, response }]) => [
    name,
    { kind: "unary", request, response },
  ]);
  return Object.fromEntries(methods) as MethodsOf<T>;
}

const eventsOf = <T>(event: Schema<T>): UnaryMethod<number, readonly (T | null)[] | null> =>
  unary(i64Number, nullable(list(nullable(event))));

export const Beacon = service("Beacon", {
  ...methodsOf(serviceQueries.Beacon),
  GetBaseEpoch: unary(undefined, EpochTime),
  WaitEpoch: unary(EpochTime, undefined),
  WatchEpochs: stream(undefined, EpochTime),
});

export const Governance = service("Governance", {
  ...methodsOf(serviceQueries.Governance),
  GetEvents: eventsOf(governance.Event),
  WatchEvents: stream(undefined, governance.Event),
});

const secretStreams = {
  WatchEphemeralSecrets: stream(undefined, nullable(secrets.SignedEncryptedEphemeralSecret)),
  WatchMasterSecrets: stream(undefined, nullable(secrets.SignedEncryptedMasterSecret)),
  WatchStatuses: stream(undefined, nullable(secrets.Status)),
};

/** The older name of `KeyManagerSecrets`. */
export const KeyManager = service("KeyManager", { ...methodsOf(serviceQueries.KeyManager), ...secretStreams });
export const KeyManagerSecrets = service("KeyManager.Secrets", {
  ...methodsOf(serviceQueries["KeyManager.Secrets"]),
  ...secretStreams,
});
export const KeyManagerChurp = service("KeyManager.Churp", {
  ...methodsOf(serviceQueries["KeyManager.Churp"]),
  WatchStatuses: stream(undefined, nullable(churp.Status)),
});

export const Registry = service("Registry", {
  ...methodsOf(serviceQueries.Registry),
  GetEvents: eventsOf(registry.Event),
  WatchEntities: stream(undefined, registry.EntityEvent),
  WatchEvents: stream(undefined, registry.Event),
  WatchNodeList: stream(undefined, registry.NodeList),
  WatchNodes: stream(undefined, registry.NodeEvent),
  WatchRuntimes: stream(undefined, registry.Runtime),
});

export const RootHash = service("RootHash", {
  ...methodsOf(serviceQueries.RootHash),
  GetEvents: eventsOf(roothash.Event),
  WatchBlocks: stream(Namespace, roothash.AnnotatedBlock),
  WatchEvents: stream(Namespace, roothash.Event),
  WatchExecutorCommitments: stream(Namespace, roothash.ExecutorCommitment),
});

export const Scheduler = service("Scheduler", {
  ...methodsOf(serviceQueries.Scheduler),
  WatchCommittees: stream(undefined, scheduler.Committee),
});

export const Staking = service("Staking", {
  ...methodsOf(serviceQueries.Staking),
  GetEvents: eventsOf(staking.Event),
  WatchEvents: stream(undefined, staking.Event),
});

export const Vault = service("Vault", {
  ...methodsOf(serviceQueries.Vault),
  GetEvents: eventsOf(vault.Event),
  WatchEvents: stream(undefined, vault.Event),
});
