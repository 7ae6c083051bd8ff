// A chain of empty blocks on which only the beacon runs, with nodes that exist and prove.
import { chainContext, Ed25519PrivateKey, SignatureVerifier, prove, publicKeyFromHex } from "@wadi/crypto";
import { encodeCbor, type Schema } from "@wadi/codec";
import { RootType, Tree } from "@wadi/mkvs";
import { EPOCH_INVALID, beacon, genesis, node as nodeTypes, registry, transaction, type PublicKey } from "@wadi/types";
import { must } from "@wadi/util";

import { chainContextKey } from "../../framework/core-state.ts";
import type { Context, ContextMode } from "../../framework/context.ts";
import { State } from "../../framework/state.ts";
import { setNode, setNodeStatus } from "../../registry/state.ts";
import { testContext } from "../../testing/context.ts";
import { beaconApplication } from "../app.ts";

const app = beaconApplication();

export const INITIAL_HEIGHT = 10;
export const BASE_EPOCH = 5n;

/** A node with a VRF key of its own, both made from one byte. */
export interface TestProver {
  readonly id: PublicKey;
  readonly key: Ed25519PrivateKey;
}

export function prover(byte: number): TestProver {
  const id = publicKeyFromHex(byte.toString(16).padStart(2, "0").repeat(32));
  return { id, key: new Ed25519PrivateKey(new Uint8Array(32).fill(byte)) };
}

export class BeaconChain {
  readonly state = new State(Tree.empty(RootType.state));
  readonly verifier = new SignatureVerifier();
  /** Height of the block that comes next. */
  height = INITIAL_HEIGHT;

  constructor(params: beacon.ConsensusParameters) {
    this.state.set(chainContextKey.at(), chainContext("test chain"));
    const document = { ...genesis.Document.zero(), beacon: { base: BASE_EPOCH, params } };
    must(app.initChain)(this.context("init-chain"), document);
  }

  context(mode: ContextMode): Context {
    const lastHeight = this.height - 1;
    return testContext({
      mode,
      tree: this.state.tree,
      lastHeight,
      environment: { initialHeight: INITIAL_HEIGHT, baseEpoch: BASE_EPOCH, verifier: this.verifier },
    });
  }

  /** BeginBlock of the next block; `txs` are executed in it. Returns the context of BeginBlock. */
  block(...txs: readonly ((chain: BeaconChain) => void)[]): Context {
    const ctx = this.context("begin-block");
    must(app.beginBlock)(ctx);
    for (const execute of txs) execute(this);
    this.height++;
    return ctx;
  }

  /** Empty blocks up to and including this height; returns the context of the last one. */
  blocksTo(height: number): Context {
    while (this.height < height) this.block();
    return this.block();
  }

  send<T>(
    method: transaction.Method<T>,
    signer: PublicKey,
    body: Uint8Array | null,
    mode: "check" | "deliver" | "simulate" = "deliver",
  ): Context {
    const ctx = this.context(mode);
    ctx.setSigner(signer);
    const handler = must(app.methods?.find(({ name }) => name === method.name));
    handler.execute(ctx, { nonce: 0n, fee: null, method: method.name, body });
    return ctx;
  }

  setEpoch(epoch: bigint): void {
    const { setEpoch } = transaction.methods;
    this.send(setEpoch, prover(1).id, encodeCbor(setEpoch.body as Schema<bigint>, epoch));
  }

  register({ id, key }: TestProver): void {
    const node = { ...nodeTypes.NodeV3.zero(), v: 3, id, vrf: { id: key.publicKey } };
    const signed = { untrustedRawValue: encodeCbor(nodeTypes.NodeV3, node), signatures: [] };
    setNode(this.state, undefined, node, signed);
    setNodeStatus(this.state, id, { ...registry.NodeStatus.zero(), electionEligibleAfter: EPOCH_INVALID });
  }

  /** A proof for the current input, or for another one. */
  proofOf({ key }: TestProver, round: beacon.VRFState, alpha = round.alpha): Uint8Array {
    return encodeCbor(beacon.VRFProve, { epoch: round.epoch, pi: prove(key, alpha) });
  }
}
