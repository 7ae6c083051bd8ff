// A valid genesis document with something in every section, and the keys to sign new descriptors
// for it. It is the "full document" of the conformance data with a registry of our own.
import { encodeCbor, encodeJson } from "@wadi/codec";
import {
  bindContext,
  bytesOf,
  namespaceFromHex,
  signatureContexts,
  stakingAddress,
  addressToText,
  testNamespace,
  testSigner,
} from "@wadi/crypto";
import { must, toBase64, toHex } from "@wadi/util";

import { Entity, SignedEntity } from "../../../entity/entity.ts";
import { MultiSignedNode, Node } from "../../../node/node.ts";
import { SGXConstraints } from "../../../node/sgx.ts";
import { enclaveIdentityFromHex } from "../../../sgx/enclave-identity.ts";
import { multiSignValue, signValue } from "../../../signature/signed.ts";
import { edited, type Edit, type JsonValue, parseJson } from "./edits.ts";

type Signer = ReturnType<typeof testSigner>;

export const keys = {
  entity: testSigner("wadi sanity: entity"),
  otherEntity: testSigner("wadi sanity: other entity"),
  node: testSigner("wadi sanity: node"),
  p2p: testSigner("wadi sanity: p2p"),
  consensus: testSigner("wadi sanity: consensus"),
  vrf: testSigner("wadi sanity: vrf"),
  tls: testSigner("wadi sanity: tls"),
  otherNode: testSigner("wadi sanity: other node"),
  otherP2p: testSigner("wadi sanity: other p2p"),
  otherConsensus: testSigner("wadi sanity: other consensus"),
  otherVrf: testSigner("wadi sanity: other vrf"),
  otherTls: testSigner("wadi sanity: other tls"),
  policy: testSigner("wadi sanity: policy"),
  /** The reference's built-in test entity: blacklisted outside debugging. */
  testEntity: testSigner("ekiden test entity key seed"),
};

export const text = (signer: Signer): string => toBase64(bytesOf(signer.publicKey));
export const accountOf = (signer: Signer): string => addressToText(stakingAddress(signer.publicKey));

const base = "000000000000000000000000000000000000000000000000";
export const runtimeIds = {
  compute: namespaceFromHex(`${base}f80306c9858e7279`),
  keyManager: namespaceFromHex(`4${base.slice(1)}0000000000000001`),
  confidential: namespaceFromHex(`${base}0000000000000002`),
  suspended: namespaceFromHex(`${base}0000000000000003`),
  test: testNamespace("wadi sanity: test runtime"),
};

/** The delegator of everything, an account of the base document. */
export const RICH = "oasis1qpgsr850rfz7v8nxpgz8urkw3xp4nnwjgux629kl";
export const BURN = "oasis1qzq8u7xs328puu2jy524w3fygzs63rv3u5967970";
export const COMMON_POOL = "oasis1qrmufhkkyyf79s5za2r8yga9gnk4t446dcy3a5zm";

const entityContext = bindContext(signatureContexts.registerEntity);
const nodeContext = bindContext(signatureContexts.registerNode);

/** A signed entity descriptor as it stands in a document. */
export function signedEntity(entity: Partial<Entity> = {}, signer: Signer = keys.entity): JsonValue {
  const value: Entity = { v: 2, id: keys.entity.publicKey, nodes: [keys.node.publicKey], ...entity };
  return parseJson(encodeJson(SignedEntity, signValue(Entity, value, entityContext, signer)));
}

/** The base document's node descriptor with changes. */
export function nodeDescriptor(changes: Partial<Node> = {}): Node {
  const address = { ip: Uint8Array.of(35, 237, 83, 124), port: 9200n, zone: "" };
  return {
    v: 3,
    id: keys.node.publicKey,
    entityId: keys.entity.publicKey,
    expiration: 10n,
    tls: { pubKey: keys.tls.publicKey },
    p2p: { id: keys.p2p.publicKey, addresses: [address] },
    consensus: { id: keys.consensus.publicKey, addresses: [{ id: keys.p2p.publicKey, address }] },
    vrf: { id: keys.vrf.publicKey },
    runtimes: [
      {
        id: runtimeIds.compute,
        version: { major: 1, minor: 0, patch: 0 },
        capabilities: { tee: null },
        extraInfo: null,
      },
    ],
    roles: 1 | 8,
    softwareVersion: "wadi",
    ...changes,
  };
}

export const nodeSigners: readonly Signer[] = [keys.node, keys.p2p, keys.consensus, keys.vrf, keys.tls];
export const otherNodeSigners: readonly Signer[] = [
  keys.otherNode,
  keys.otherP2p,
  keys.otherConsensus,
  keys.otherVrf,
  keys.otherTls,
];

/** A multi-signed node descriptor as it stands in a document. */
export function signedNode(changes: Partial<Node> = {}, signers: readonly Signer[] = nodeSigners): JsonValue {
  const signed = multiSignValue(Node, nodeDescriptor(changes), nodeContext, signers);
  return parseJson(encodeJson(MultiSignedNode, signed));
}

/** Members that make the base node another one of the same entity. */
export const otherNode: Partial<Node> = {
  id: keys.otherNode.publicKey,
  tls: { pubKey: keys.otherTls.publicKey },
  p2p: { ...nodeDescriptor().p2p, id: keys.otherP2p.publicKey },
  consensus: { ...nodeDescriptor().consensus, id: keys.otherConsensus.publicKey },
  vrf: { id: keys.otherVrf.publicKey },
};

/** Base64 of SGX constraints as a deployment has them. */
export function constraints(changes: Partial<SGXConstraints> = {}): string {
  const enclave = enclaveIdentityFromHex("11".repeat(32) + "22".repeat(32));
  const value = { v: 1, enclaves: [enclave], policy: null, maxAttestationAge: 0n, ...changes };
  return toBase64(encodeCbor(SGXConstraints, value));
}

function runtime(original: JsonValue, edits: readonly Edit[]): JsonValue {
  return edited(original, [["entity_id", text(keys.entity)], ...edits]);
}

const account = (balance: number): JsonValue => ({
  general: { balance: "0" },
  escrow: {
    active: { balance: String(balance), total_shares: "1000" },
    debonding: { balance: "100", total_shares: "100" },
    commission_schedule: {
      rates: [{ rate: "5000" }],
      bounds: [{ rate_min: "0", rate_max: "20000" }],
    },
    stake_accumulator: {},
  },
});

/** What the entity's registrations need: entity, validator, compute node and three active runtimes. */
export const STAKE_NEEDED = 600;

/** The base document, made from the text of the "full document". */
export function baseDocument(fullDocument: string): JsonValue {
  const full = parseJson(fullDocument);
  const { registry, staking } = full as {
    registry: { runtimes: JsonValue[] };
    staking: { ledger: Record<string, JsonValue> };
  };
  const compute = must(registry.runtimes[0]);
  const tee: Edit[] = [
    ["tee_hardware", 1],
    ["deployments.0.tee", constraints()],
  ];
  const entity = accountOf(keys.entity);
  return edited(full, [
    ["registry.entities", [signedEntity()]],
    [
      "registry.runtimes",
      [
        runtime(compute, [["id", runtimeIds.compute]]),
        runtime(compute, [["id", runtimeIds.keyManager], ["kind", 2], ...tee]),
        runtime(compute, [["id", runtimeIds.confidential], ["key_manager", runtimeIds.keyManager], ...tee]),
      ],
    ],
    ["registry.suspended_runtimes", [runtime(compute, [["id", runtimeIds.suspended]])]],
    ["registry.nodes", [signedNode()]],
    [
      "registry.node_statuses",
      { [text(keys.node)]: { expiration_processed: false, freeze_end_time: 0, election_eligible_after: 3 } },
    ],
    [
      "staking.ledger",
      {
        [entity]: account(STAKE_NEEDED),
        [RICH]: staking.ledger[RICH] ?? null,
      },
    ],
    ["staking.delegations", { [entity]: { [RICH]: { shares: "1000" } } }],
    ["staking.debonding_delegations", { [entity]: { [RICH]: [{ shares: "100", debond_end: 50 }] } }],
    ["staking.total_supply", String(STAKE_NEEDED + 100 + 400 + 500)],
    ["roothash.runtime_states", { [runtimeIds.compute]: { state_root: toHex(new Uint8Array(32)), round: 5 } }],
  ]);
}
