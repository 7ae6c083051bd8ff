// A small network for tests of the registry: a state with parameters and stake, and descriptors
// that are accepted as they are.
import { create } from "@wadi/codec";
import { EMPTY_HASH, bindContext, signatureContexts, stakingAddress, testNamespace, testSigner } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import {
  FEATURE_26_1,
  beacon,
  consensusGenesis,
  entity,
  node,
  registry,
  signature,
  staking,
  type Namespace,
  type PublicKey,
} from "@wadi/types";
import { errorToWire } from "@wadi/util";

import { keys as beaconKeys } from "../../beacon/keys.ts";
import { toAbciEvents } from "../../framework/block.ts";
import type { Context, ContextMode } from "../../framework/context.ts";
import { parametersKey } from "../../framework/core-state.ts";
import { isRefusal } from "../../framework/errors.ts";
import { limitedGas } from "../../framework/gas.ts";
import { MessageBus, subscribe } from "../../framework/messages.ts";
import { State } from "../../framework/state.ts";
import { messages } from "../../message-kinds.ts";
import { keys as stakingKeys } from "../../staking/keys.ts";
import { testContext, type TestContextOptions } from "../../testing/context.ts";
import { keys } from "../keys.ts";

export type Signer = ReturnType<typeof testSigner>;

export const owner = testSigner("wadi registry: owner");
export const stranger = testSigner("wadi registry: stranger");

const entityContext = bindContext(signatureContexts.registerEntity);
const nodeContext = bindContext(signatureContexts.registerNode);

export interface NodeKeys {
  readonly id: Signer;
  readonly consensus: Signer;
  readonly p2p: Signer;
  readonly vrf: Signer;
  readonly tls: Signer;
}

export function nodeKeys(name: string): NodeKeys {
  const key = (part: string): Signer => testSigner(`wadi registry: ${name} ${part}`);
  return { id: key("id"), consensus: key("consensus"), p2p: key("p2p"), vrf: key("vrf"), tls: key("tls") };
}

export const first = nodeKeys("first node");
export const second = nodeKeys("second node");

export const computeId: Namespace = testNamespace("wadi registry: compute");
export const keyManagerId = `c${testNamespace("wadi registry: key manager").slice(1)}` as Namespace;

export const VERSION = { major: 1, minor: 0, patch: 0 };

export function signedEntity(nodes: readonly NodeKeys[], signer: Signer = owner): entity.SignedEntity {
  const value: entity.Entity = { v: 2, id: signer.publicKey, nodes: nodes.map(({ id }) => id.publicKey) };
  return signature.signValue(entity.Entity, value, entityContext, signer);
}

export function nodeOf(of: NodeKeys, changes: Partial<node.Node> = {}): node.Node {
  const address = { ip: Uint8Array.of(35, 237, 83, 124), port: 9200n, zone: "" };
  return {
    v: 3,
    id: of.id.publicKey,
    entityId: owner.publicKey,
    expiration: 3n,
    tls: { pubKey: of.tls.publicKey },
    p2p: { id: of.p2p.publicKey, addresses: [address] },
    consensus: { id: of.consensus.publicKey, addresses: [{ id: of.p2p.publicKey, address }] },
    vrf: { id: of.vrf.publicKey },
    runtimes: null,
    roles: node.roles.validator,
    softwareVersion: "",
    ...changes,
  };
}

export function signedNode(of: NodeKeys, changes: Partial<node.Node> = {}): node.MultiSignedNode {
  const signers = [of.id, of.p2p, of.consensus, of.vrf, of.tls];
  return signature.multiSignValue(node.Node, nodeOf(of, changes), nodeContext, signers);
}

/** Members of a node that serves a runtime. */
export function serving(...ids: readonly Namespace[]): Partial<node.Node> {
  const runtimes = ids.map((id) => ({ id, version: VERSION, capabilities: { tee: null }, extraInfo: null }));
  return { runtimes, roles: node.roles.compute };
}

export function runtimeOf(changes: Partial<registry.Runtime> = {}): registry.Runtime {
  return create(registry.Runtime, {
    v: 3,
    id: computeId,
    entityId: owner.publicKey,
    genesis: { stateRoot: EMPTY_HASH, round: 0n },
    kind: registry.runtimeKinds.compute,
    executor: create(registry.ExecutorParameters, { groupSize: 1, roundTimeout: 5n }),
    txnScheduler: create(registry.TxnSchedulerParameters, {
      batchFlushTimeout: 1_000_000_000n,
      maxBatchSize: 100n,
      maxBatchSizeBytes: 100_000n,
      proposeBatchTimeout: 2_000_000_000n,
    }),
    admissionPolicy: { anyNode: {}, entityWhitelist: null, perRole: null },
    governanceModel: registry.governanceModels.entity,
    deployments: [deployment(VERSION, 5n)],
    ...changes,
  });
}

export function deployment(version: typeof VERSION, validFrom: bigint): registry.VersionInfo {
  return { version, validFrom, tee: null, bundleChecksum: new Uint8Array(0) };
}

export const gasCosts = new Map([
  ["register_entity", 1000n],
  ["deregister_entity", 1001n],
  ["register_node", 10n],
  ["unfreeze_node", 1002n],
  ["register_runtime", 1003n],
  ["runtime_epoch_maintenance", 7n],
  ["prove_freshness", 1004n],
]);

export const parameters = create(registry.ConsensusParameters, {
  debugAllowTestRuntimes: true,
  gasCosts,
  maxNodeExpiration: 5n,
  enableRuntimeGovernanceModels: new Map([
    [registry.governanceModels.entity, true],
    [registry.governanceModels.runtime, true],
    [registry.governanceModels.consensus, true],
  ]),
});

const THRESHOLD = 100n;

export interface Outcome {
  /** `registry/9`, or `ok`. */
  readonly code: string;
  readonly gas: bigint;
  /** Keys of the attributes, in order. */
  readonly events: readonly string[];
}

/** A state that survives from one call to the next, in an epoch that the test moves. */
export class TestNetwork {
  readonly tree = Tree.empty(RootType.state);
  readonly state = new State(this.tree);
  readonly published: string[] = [];
  epoch = 1n;
  /** What the application of runtimes does about a new descriptor. */
  onRuntimeUpdated: () => void = () => undefined;

  constructor() {
    this.state.set(parametersKey.at(), create(consensusGenesis.Parameters, { featureVersion: FEATURE_26_1 }));
    this.setParameters({});
    this.state.set(beaconKeys.parameters.at(), create(beacon.ConsensusParameters, { backend: "vrf" }));
    this.setStaking({});
    for (const { publicKey } of [owner, stranger]) this.setEscrow(publicKey, 1000n);
  }

  setParameters(changes: Partial<registry.ConsensusParameters>): void {
    this.state.set(keys.parameters.at(), { ...parameters, ...changes });
  }

  setStaking(changes: Partial<staking.ConsensusParameters>): void {
    const thresholds = new Map(Object.values(staking.thresholdKinds).map((kind) => [kind, THRESHOLD]));
    const current = create(staking.ConsensusParameters, { thresholds, debondingInterval: 1n });
    this.state.set(stakingKeys.parameters.at(), { ...current, ...changes });
  }

  /** Before 26.1. */
  setOldFeatures(): void {
    this.state.set(parametersKey.at(), create(consensusGenesis.Parameters, {}));
  }

  setEscrow(of: PublicKey, balance: bigint): void {
    const at = stakingKeys.accounts.at({ owner: stakingAddress(of) });
    const known = this.state.get(at) ?? staking.Account.zero();
    const active = { balance, totalShares: balance };
    this.state.set(at, { ...known, escrow: { ...known.escrow, active } });
  }

  claims(of: PublicKey): ReadonlyMap<string, readonly staking.StakeThreshold[] | null> {
    const account = this.state.get(stakingKeys.accounts.at({ owner: stakingAddress(of) }));
    return account?.escrow.stakeAccumulator.claims ?? new Map();
  }

  context(mode: ContextMode = "deliver", options: TestContextOptions = {}): Context {
    const bus = new MessageBus();
    bus.add(subscribe(messages.newRuntimeRegistered, () => void this.published.push("new")));
    bus.add(subscribe(messages.runtimeResumed, () => void this.published.push("resumed")));
    const onUpdated = (): void => {
      this.published.push("updated");
      this.onRuntimeUpdated();
    };
    bus.add(subscribe(messages.runtimeUpdated, onUpdated));
    return testContext({
      mode,
      tree: this.tree,
      epoch: this.epoch,
      ...options,
      environment: { bus, ...options.environment },
    });
  }

  /** Runs a method in somebody's name, as a transaction whose state stays even if it fails. */
  run(signer: Signer, body: (ctx: Context) => void, mode: "check" | "deliver" | "simulate" = "deliver"): Outcome {
    const ctx = this.context(mode);
    ctx.setSigner(signer.publicKey);
    ctx.setGas(limitedGas(1n << 40n));
    let code = "ok";
    try {
      body(ctx);
    } catch (e) {
      if (!isRefusal(e)) throw e;
      const outcome = errorToWire(e);
      code = `${outcome.module}/${outcome.code}`;
    }
    const events = toAbciEvents(ctx.events).flatMap(({ attributes }) => attributes.map(({ key }) => key));
    return { code, gas: ctx.gas.used, events };
  }
}

export const noQuotes: registry.QuoteVerifier = {
  verifyQuote: () => {
    throw new Error("no quote expected");
  },
};
