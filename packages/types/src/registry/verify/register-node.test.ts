import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeJson, encodeCbor, type TypeOf } from "@wadi/codec";
import {
  bindContext,
  hashAttestation,
  hashRak,
  KeyBlacklist,
  SignatureVerifier,
  signatureContexts,
  testSigner,
} from "@wadi/crypto";
import { concatBytes, type ErrorKind, fromBase64, isError, must } from "@wadi/util";

import { type Entity, SignedEntity } from "../../entity/entity.ts";
import { printJson } from "../../genesis/sanity/testing/edits.ts";
import {
  constraints,
  keys,
  nodeDescriptor,
  nodeSigners,
  otherNode,
  otherNodeSigners,
  runtimeIds,
  signedEntity,
  signedNode,
} from "../../genesis/sanity/testing/fixture.ts";
import { MultiSignedNode, type Node } from "../../node/node.ts";
import { SGXAttestationV1 } from "../../node/sgx.ts";
import type { PublicKey } from "../../scalars/keys.ts";
import { enclaveIdentityFromHex } from "../../sgx/enclave-identity.ts";
import { ErrInvalidArgument, ErrInvalidSignature, ErrNoSuchRuntime, ErrTEEHardwareMismatch } from "../errors.ts";
import { ConsensusParameters } from "../parameters.ts";
import { Runtime } from "../runtime.ts";
import { verifyRegisterEntityArgs } from "./register-entity.ts";
import { type NodeVerification, verifyRegisterNodeArgs } from "./register-node.ts";

const verifier = new SignatureVerifier({ blacklist: new KeyBlacklist() });
const parameters = (text: string): TypeOf<typeof ConsensusParameters> => decodeJson(ConsensusParameters, text);
const params = parameters('{"max_node_expiration":5}');
const entity: Entity = { v: 2, id: keys.entity.publicKey, nodes: [keys.node.publicKey] };

const computeRuntime: Runtime = { ...Runtime.zero(), id: runtimeIds.compute, kind: 1 };
const sgxRuntime: Runtime = {
  ...Runtime.zero(),
  id: runtimeIds.confidential,
  kind: 1,
  teeHardware: 1,
  deployments: [
    {
      version: { major: 1, minor: 0, patch: 0 },
      validFrom: 0n,
      tee: fromBase64(constraints()),
      bundleChecksum: new Uint8Array(),
    },
  ],
};
const runtimes = new Map<string, Runtime>([computeRuntime, sgxRuntime].map((runtime) => [runtime.id, runtime]));

const noQuotes = {
  verifyQuote: () => {
    throw new Error("no quote expected");
  },
};

const live: NodeVerification = {
  params,
  mode: "transaction",
  isFeatureVersion261: true,
  epoch: 5n,
  verifier,
  runtimes: { anyRuntime: (id) => runtimes.get(id) },
  nodes: { nodeBySubKey: () => undefined },
  attestations: { unixNanos: 0n, height: 100n, quotes: noQuotes, verifier },
};
const { attestations: _, ...common } = live as Extract<NodeVerification, { mode: "transaction" }>;
const genesis: NodeVerification = { ...common, mode: "genesis" };
const state: NodeVerification = { ...common, mode: "state" };

const signed = (...args: Parameters<typeof signedNode>): MultiSignedNode =>
  decodeJson(MultiSignedNode, printJson(signedNode(...args)));

function refuses(kind: ErrorKind, run: () => unknown, message?: string): void {
  assert.throws(
    run,
    (e) => {
      assert(isError(e, kind), `${message}: ${String(e)}`);
      return true;
    },
    message,
  );
}

test("a complete descriptor passes in every mode and gives its runtimes", () => {
  for (const verification of [live, genesis, state]) {
    const verified = verifyRegisterNodeArgs(signed(), entity, verification);
    assert.equal(verified.node.id, keys.node.publicKey);
    assert.deepEqual(verified.runtimes, [computeRuntime]);
  }
});

test("nothing and an unsigned blob", () => {
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(null, entity, live));
  refuses(ErrInvalidSignature, () => verifyRegisterNodeArgs(signed({}, []), entity, live));
  const junk = { ...signed(), untrustedRawValue: Uint8Array.of(0xa0) };
  refuses(ErrInvalidSignature, () => verifyRegisterNodeArgs(junk, entity, live));
});

test("a blob with an unknown member, signed correctly, is an invalid signature", () => {
  const context = bindContext(signatureContexts.registerNode);
  const untrustedRawValue = Uint8Array.of(0xa2, 0x61, 0x76, 0x03, 0x61, 0x78, 0x01);
  const blob = {
    untrustedRawValue,
    signatures: [{ publicKey: keys.node.publicKey, signature: keys.node.sign(context, untrustedRawValue) }],
  };
  refuses(ErrInvalidSignature, () => verifyRegisterNodeArgs(blob, entity, live));
});

test("only state checks forgive an entity that dropped the node", () => {
  const without = { ...entity, nodes: [] };
  for (const verification of [live, genesis]) {
    refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(signed(), without, verification), verification.mode);
  }
  verifyRegisterNodeArgs(signed(), without, state);
});

test("only live validators need P2P addresses", () => {
  const validator = { roles: 8, runtimes: [], p2p: { id: keys.p2p.publicKey, addresses: [] } };
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(signed(validator), entity, live));
  verifyRegisterNodeArgs(signed(validator), entity, genesis);
  verifyRegisterNodeArgs(signed(validator), entity, state);
});

test("expiration is limited from the epoch on, and an expired descriptor passes", () => {
  verifyRegisterNodeArgs(signed({ expiration: 10n }), entity, live);
  verifyRegisterNodeArgs(signed({ expiration: 0n }), entity, live);
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(signed({ expiration: 11n }), entity, live));
  verifyRegisterNodeArgs(signed({ expiration: 2n ** 64n - 1n }), entity, { ...live, params: parameters("{}") });
});

test("an observer needs runtimes from feature version 26.1 on", () => {
  const observer = signed({ roles: 2, runtimes: [] });
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(observer, entity, live));
  verifyRegisterNodeArgs(observer, entity, { ...live, isFeatureVersion261: false });
});

test("unroutable addresses pass where the network allows them", () => {
  const local = signed({
    p2p: { id: keys.p2p.publicKey, addresses: [{ ip: Uint8Array.of(127, 0, 0, 1), port: 1n, zone: "" }] },
  });
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(local, entity, live));
  verifyRegisterNodeArgs(local, entity, { ...live, params: parameters('{"debug_allow_unroutable_addresses":true}') });
});

test("a key may be the node's own of before, not another node's", () => {
  const own = { ...live, nodes: { nodeBySubKey: () => nodeDescriptor() } };
  verifyRegisterNodeArgs(signed(), entity, own);
  const others = { ...live, nodes: { nodeBySubKey: () => nodeDescriptor(otherNode) } };
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(signed(), entity, others));
});

test("signers are exactly the five keys; a repeated one is not a sixth", () => {
  verifyRegisterNodeArgs(signed({}, [...nodeSigners, keys.node]), entity, live);
  refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(signed({}, [...nodeSigners, keys.otherNode]), entity, live));
  for (let i = 0; i < nodeSigners.length; i++) {
    const four = nodeSigners.filter((_signer, at) => at !== i);
    refuses(ErrInvalidArgument, () => verifyRegisterNodeArgs(signed({}, four), entity, live), `without signer ${i}`);
  }
});

test("a descriptor with the zero VRF key of upgraded old ones lacks that signature", () => {
  refuses(ErrInvalidArgument, () =>
    verifyRegisterNodeArgs(signed({ vrf: { id: "0".repeat(64) as PublicKey } }), entity, live),
  );
});

test("an entity may register under another key's context only for itself", () => {
  const good = decodeJson(SignedEntity, printJson(signedEntity()));
  for (const mode of ["transaction", "genesis", "state"] as const) {
    assert.deepEqual(verifyRegisterEntityArgs(good, mode, verifier), entity);
  }
  refuses(ErrInvalidArgument, () => verifyRegisterEntityArgs(null, "transaction", verifier));
  const nodeBlob = signed();
  const asEntity = {
    untrustedRawValue: nodeBlob.untrustedRawValue,
    signature: must(nodeBlob.signatures?.[0]),
  };
  refuses(ErrInvalidSignature, () => verifyRegisterEntityArgs(asEntity, "transaction", verifier));
});

// The confidential cases: a capability whose quote says what it must.

const rak = testSigner("wadi sanity: RAK");
const identity = enclaveIdentityFromHex("11".repeat(32) + "22".repeat(32));
const reportData = concatBytes(hashRak(rak.publicKey), new Uint8Array(32));
const signedFeatures =
  '{"tee_features":{"sgx":{"pcs":true,"signed_attestations":true,"max_attestation_age":50},"freshness_proofs":true}}';

interface Quoted {
  readonly height?: bigint;
  readonly identity?: typeof identity;
  readonly reportData?: Uint8Array;
  readonly hardware?: number;
  readonly major?: number;
  readonly signature?: Uint8Array;
}

function confidential(quoted: Quoted = {}): { node: MultiSignedNode; verification: NodeVerification } {
  const { height = 60n, hardware = 1, major = 1 } = quoted;
  const digest = hashAttestation(quoted.reportData ?? reportData, keys.node.publicKey, height);
  const attestation = encodeCbor(SGXAttestationV1, {
    v: 1,
    quote: {
      ias: null,
      pcs: {
        quote: Uint8Array.of(1),
        tcb: { tcbInfo: { tcbInfo: null, signature: "" }, qeId: { enclaveIdentity: null, signature: "" }, certs: null },
      },
    },
    height,
    signature: quoted.signature ?? rak.sign(bindContext(signatureContexts.teeAttestation), digest),
  });
  const runtimesOf: Node["runtimes"] = [
    {
      id: runtimeIds.confidential,
      version: { major, minor: 0, patch: 0 },
      capabilities: { tee: { hardware, rak: rak.publicKey, rek: null, attestation } },
      extraInfo: null,
    },
  ];
  const quotes = {
    verifyQuote: () => ({ identity: quoted.identity ?? identity, reportData: quoted.reportData ?? reportData }),
  };
  return {
    node: signed({ runtimes: runtimesOf }),
    verification: {
      ...live,
      params: parameters(signedFeatures),
      attestations: { unixNanos: 0n, height: 100n, quotes, verifier },
    } as NodeVerification,
  };
}

function verifyConfidential(quoted?: Quoted): void {
  const { node, verification } = confidential(quoted);
  verifyRegisterNodeArgs(node, entity, verification);
}

test("an attested node passes, also at the edges of the attestation's age", () => {
  verifyConfidential();
  verifyConfidential({ height: 50n });
  verifyConfidential({ height: 100n });
});

test("attestations that do not hold", () => {
  refuses(ErrTEEHardwareMismatch, () => verifyConfidential({ hardware: 0 }));
  refuses(ErrInvalidArgument, () => verifyConfidential({ major: 2 }), "version that is not deployed");
  assert.throws(() => verifyConfidential({ height: 49n }), /not fresh enough/);
  assert.throws(() => verifyConfidential({ height: 101n }), /from the future/);
  assert.throws(() => verifyConfidential({ signature: new Uint8Array(64) }), /invalid TEE attestation signature/);
  assert.throws(() => verifyConfidential({ reportData: new Uint8Array(64) }), /RAK hash mismatch/);
  const other = enclaveIdentityFromHex("33".repeat(64));
  assert.throws(() => verifyConfidential({ identity: other }), /bad TEE enclave identity/);
});

test("genesis skips attestations but not the role of the runtime", () => {
  const { node } = confidential({ hardware: 0, major: 9 });
  verifyRegisterNodeArgs(node, entity, genesis);
});

test("a runtime that asks for SGX refuses a node without it, and the reverse", () => {
  const without = signed({
    runtimes: [
      {
        id: runtimeIds.confidential,
        version: { major: 1, minor: 0, patch: 0 },
        capabilities: { tee: null },
        extraInfo: null,
      },
    ],
  });
  refuses(ErrTEEHardwareMismatch, () => verifyRegisterNodeArgs(without, entity, live));
});

test("an unknown runtime is reported as such", () => {
  const unknown = signed({
    runtimes: [
      { id: runtimeIds.test, version: { major: 1, minor: 0, patch: 0 }, capabilities: { tee: null }, extraInfo: null },
    ],
  });
  refuses(ErrNoSuchRuntime, () => verifyRegisterNodeArgs(unknown, entity, live));
});

test("another node of the entity passes once the entity lists it", () => {
  const both = { ...entity, nodes: [keys.node.publicKey, keys.otherNode.publicKey] };
  const blob = signed(otherNode, otherNodeSigners);
  assert.equal(verifyRegisterNodeArgs(blob, both, live).node.id, keys.otherNode.publicKey);
});
