// A network with one key manager without TEE, three nodes that can run it, and its owner.
import { create, encodeCbor } from "@wadi/codec";
import {
  KeyBlacklist,
  SignatureVerifier,
  bindContext,
  signatureContexts,
  stakingAddress,
  testSigner,
} from "@wadi/crypto";
import { churp, node as nodeTypes, registry, secrets, staking, type Hash, type PublicKey } from "@wadi/types";

import type { Context, ContextMode } from "../../framework/context.ts";
import { setNode, setRuntime } from "../../registry/state.ts";
import {
  TestNetwork,
  VERSION,
  deployment,
  keyManagerId,
  noQuotes,
  nodeKeys,
  nodeOf,
  runtimeOf,
  signedNode,
  type NodeKeys,
} from "../../registry/testing/test-network.ts";
import { keys as stakingKeys } from "../../staking/keys.ts";
import type { TestContextOptions } from "../../testing/context.ts";
import { beginBlock } from "../block.ts";
import { keys } from "../keys.ts";
import { INSECURE_REK } from "../runtimes.ts";

export { keyManagerId };
export { noQuotes, owner, stranger } from "../../registry/testing/test-network.ts";

/** The attestation key that everybody without a TEE has. */
export const enclave = testSigner("ekiden test key manager RAK seed");
export const [alpha, beta, gamma] = ["alpha", "beta", "gamma"].map((name) => nodeKeys(`key manager ${name}`)) as [
  NodeKeys,
  NodeKeys,
  NodeKeys,
];
export const members: readonly NodeKeys[] = [alpha, beta, gamma];

const verifier = new SignatureVerifier({ blacklist: new KeyBlacklist({ allowTestKeys: true }) });

/** A checksum or hash that is told apart by one byte. */
export const digest = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
export const hashOfByte = (byte: number): Hash => byte.toString(16).padStart(2, "0").repeat(32) as Hash;

export class KeyManagerNetwork extends TestNetwork {
  constructor() {
    super();
    const gasCosts = new Map([
      ["update_policy", 11n],
      ["publish_master_secret", 12n],
      ["publish_ephemeral_secret", 13n],
    ]);
    this.state.set(keys.parameters.at(), { gasCosts });
    const churpCosts = ["create", "update", "apply", "confirm"].map((op, i) => [op, 21n + BigInt(i)] as const);
    this.state.set(keys.churpParameters.at(), { gasCosts: new Map(churpCosts) });
    this.setKeyManager({});
  }

  setKeyManager(changes: Partial<registry.Runtime>): void {
    const { keyManager: kind } = registry.runtimeKinds;
    const deployments = [deployment(VERSION, 0n)];
    setRuntime(this.state, runtimeOf({ id: keyManagerId, kind, deployments, ...changes }), false);
  }

  /** Registers a key manager node with what its enclave reports. */
  setMember(of: NodeKeys, response: Partial<secrets.InitResponse> = {}, changes: Partial<nodeTypes.Node> = {}): void {
    const extraInfo = encodeCbor(secrets.SignedInitResponse, signedResponse(response));
    const entry = { id: keyManagerId, version: VERSION, capabilities: { tee: null }, extraInfo };
    const all = { roles: nodeTypes.roles.keyManager, runtimes: [entry], expiration: 100n, ...changes };
    setNode(this.state, undefined, nodeOf(of, all), signedNode(of, all));
  }

  /** Gives an account a claim of a constant amount. */
  setClaim(of: PublicKey, amount: bigint): void {
    const at = stakingKeys.accounts.at({ owner: stakingAddress(of) });
    const known = this.state.get(at) ?? staking.Account.zero();
    const stakeAccumulator = { claims: new Map([["claim", [{ global: null, const: amount }]]]) };
    this.state.set(at, { ...known, escrow: { ...known.escrow, stakeAccumulator } });
  }

  override context(mode: ContextMode = "deliver", options: TestContextOptions = {}): Context {
    return super.context(mode, { ...options, environment: { verifier, ...options.environment } });
  }

  /** The first block of the next epoch; returns the events. */
  nextEpoch(): Context["events"] {
    const lastEpoch = this.epoch++;
    const ctx = this.context("begin-block", { lastEpoch });
    beginBlock(ctx, noQuotes);
    return ctx.events;
  }
}

export function signedResponse(changes: Partial<secrets.InitResponse>): secrets.SignedInitResponse {
  const initResponse = create(secrets.InitResponse, changes);
  const context = bindContext(signatureContexts.keyManagerInitResponse);
  return { initResponse, signature: enclave.sign(context, encodeCbor(secrets.InitResponse, initResponse)) };
}

/** Encrypted to everybody's key. */
export function encrypted(checksum: number): secrets.EncryptedSecret {
  const ciphertexts = new Map([[INSECURE_REK, Uint8Array.of(1)]]);
  return create(secrets.EncryptedSecret, { checksum: digest(checksum), ciphertexts });
}

export function signedMasterSecret(
  changes: Partial<secrets.EncryptedMasterSecret>,
  signer = enclave,
): secrets.SignedEncryptedMasterSecret {
  const secret = create(secrets.EncryptedMasterSecret, { runtimeId: keyManagerId, secret: encrypted(1), ...changes });
  const context = bindContext(signatureContexts.encryptedMasterSecret);
  return { secret, signature: signer.sign(context, encodeCbor(secrets.EncryptedMasterSecret, secret)) };
}

export function signedEphemeralSecret(
  changes: Partial<secrets.EncryptedEphemeralSecret>,
  signer = enclave,
): secrets.SignedEncryptedEphemeralSecret {
  const secret = create(secrets.EncryptedEphemeralSecret, {
    runtimeId: keyManagerId,
    secret: encrypted(1),
    ...changes,
  });
  const context = bindContext(signatureContexts.encryptedEphemeralSecret);
  return { secret, signature: signer.sign(context, encodeCbor(secrets.EncryptedEphemeralSecret, secret)) };
}

export function signedPolicy(changes: Partial<secrets.PolicySGX> = {}): secrets.SignedPolicySGX {
  return { policy: create(secrets.PolicySGX, { id: keyManagerId, ...changes }), signatures: null };
}

const identity = { id: 1, runtimeId: keyManagerId };

export function churpPolicy(changes: Partial<churp.PolicySGX> = {}): churp.SignedPolicySGX {
  return { policy: create(churp.PolicySGX, { ...identity, ...changes }), signatures: [] };
}

export function createRequest(changes: Partial<churp.CreateRequest> = {}): churp.CreateRequest {
  return create(churp.CreateRequest, {
    ...identity,
    threshold: 1,
    handoffInterval: 2n,
    policy: churpPolicy({ id: changes.id ?? identity.id }),
    ...changes,
  });
}

export function updateRequest(changes: Partial<churp.UpdateRequest>): churp.UpdateRequest {
  return create(churp.UpdateRequest, { ...identity, ...changes });
}

export function signedApplication(
  changes: Partial<churp.ApplicationRequest>,
  signer = enclave,
): churp.SignedApplicationRequest {
  const application = create(churp.ApplicationRequest, { ...identity, checksum: hashOfByte(1), ...changes });
  const context = bindContext(signatureContexts.churpApplicationRequest);
  return { application, signature: signer.sign(context, encodeCbor(churp.ApplicationRequest, application)) };
}

export function signedConfirmation(
  changes: Partial<churp.ConfirmationRequest>,
  signer = enclave,
): churp.SignedConfirmationRequest {
  const confirmation = create(churp.ConfirmationRequest, { ...identity, checksum: hashOfByte(2), ...changes });
  const context = bindContext(signatureContexts.churpConfirmationRequest);
  return { confirmation, signature: signer.sign(context, encodeCbor(churp.ConfirmationRequest, confirmation)) };
}
