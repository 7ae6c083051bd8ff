// A network with many nodes just before an epoch transition, for measurements and tests of the
// application as a whole.
import { Ed25519PrivateKey, chainContext, prove, stakingAddress, testNamespace } from "@wadi/crypto";
import { encodeCbor } from "@wadi/codec";
import { RootType, Tree } from "@wadi/mkvs";
import {
  beacon,
  consensusGenesis,
  node as nodeTypes,
  registry,
  scheduler,
  staking,
  type PublicKey,
  type signature,
} from "@wadi/types";

import { keys as beaconKeys } from "../../beacon/keys.ts";
import { chainContextKey, parametersKey } from "../../framework/core-state.ts";
import type { Context } from "../../framework/context.ts";
import { MessageBus, subscribe } from "../../framework/messages.ts";
import { State } from "../../framework/state.ts";
import { messages } from "../../message-kinds.ts";
import { keys as registryKeys } from "../../registry/keys.ts";
import { setNode, setNodeStatus, setRuntime } from "../../registry/state.ts";
import { keys as stakingKeys } from "../../staking/keys.ts";
import { setAccount } from "../../staking/state.ts";
import { testContext } from "../../testing/context.ts";
import { keys } from "../keys.ts";
import { EPOCH, candidate, committeeOf, keyOf } from "./elections.ts";

export interface NetworkSize {
  readonly nodes: number;
  readonly runtimes: number;
  readonly groupSize: number;
}

/** Height of the block in which the epoch begins. */
const TRANSITION = 1000;

/** The state before the block: every node has proved, every entity has two nodes and a stake of its own. */
export function largeNetwork({ nodes, runtimes, groupSize }: NetworkSize): Tree {
  const tree = Tree.empty(RootType.state);
  const state = new State(tree);
  state.set(chainContextKey.at(), chainContext("large network"));
  state.set(parametersKey.at(), consensusGenesis.Parameters.zero());
  state.set(stakingKeys.parameters.at(), staking.ConsensusParameters.zero());
  state.set(registryKeys.parameters.at(), registry.ConsensusParameters.zero());
  const ids = Array.from({ length: runtimes }, (_, i) => testNamespace(`runtime ${i}`));
  for (const id of ids) {
    const { runtime } = committeeOf([], { workers: groupSize, backups: groupSize, worker: { maxNodes: { limit: 1 } } });
    setRuntime(state, { ...runtime, v: 3, id }, false);
  }
  const proofs = new Map<PublicKey, signature.Proof>();
  for (let n = 1; n <= nodes; n++) {
    const key = new Ed25519PrivateKey(Buffer.from(keyOf(n), "hex"));
    const { node } = candidate(n, n >> 1, {
      v: 3,
      expiration: EPOCH + 2n,
      p2p: { id: keyOf(0x3000 + n), addresses: null },
      tls: { pubKey: keyOf(0x4000 + n) },
      vrf: { id: key.publicKey },
      runtimes: ids.map((id) => ({
        id,
        version: { major: 1, minor: 0, patch: 0 },
        capabilities: { tee: null },
        extraInfo: null,
      })),
    });
    const envelope = { untrustedRawValue: encodeCbor(nodeTypes.NodeV3, node), signatures: [] };
    setNode(state, undefined, node, envelope);
    setNodeStatus(state, node.id, { ...registry.NodeStatus.zero(), electionEligibleAfter: EPOCH - 2n });
    const account = staking.Account.zero();
    const active = { balance: BigInt(16_000 * n), totalShares: BigInt(n) };
    setAccount(state, stakingAddress(node.entityId), { ...account, escrow: { ...account.escrow, active } });
    proofs.set(node.id, { publicKey: key.publicKey, proof: prove(key, Uint8Array.of(7)) });
  }
  setBeacon(state, proofs);
  state.set(keys.parameters.at(), {
    ...scheduler.ConsensusParameters.zero(),
    minValidators: 1n,
    maxValidators: 120n,
    maxValidatorsPerEntity: 1n,
  });
  return tree;
}

function setBeacon(state: State, pi: ReadonlyMap<PublicKey, signature.Proof>): void {
  const vrfParameters = { alphaHqThreshold: 1n, interval: 600n, proofDelay: 400n, gasCosts: new Map() };
  state.set(beaconKeys.parameters.at(), { ...beacon.ConsensusParameters.zero(), backend: "vrf", vrfParameters });
  state.set(beaconKeys.epoch.at(), { epoch: EPOCH - 1n, height: TRANSITION - 600 });
  state.set(beaconKeys.futureEpoch.at(), { epoch: EPOCH, height: TRANSITION });
  const alpha = Uint8Array.of(7);
  state.set(beaconKeys.vrfState.at(), {
    epoch: EPOCH - 1n,
    alpha,
    pi,
    alphaHq: true,
    submitAfter: BigInt(TRANSITION - 200),
    prevState: { pi: new Map(), canElect: true },
  });
}

/** BeginBlock of the block in which the epoch begins; only the scheduler's message is delivered. */
export function transitionContext(tree: Tree): Context {
  const bus = new MessageBus();
  bus.add(subscribe(messages.beforeSchedule, () => undefined));
  return testContext({
    mode: "begin-block",
    tree,
    epoch: EPOCH,
    lastEpoch: EPOCH - 1n,
    lastHeight: TRANSITION - 1,
    environment: { bus },
  });
}
