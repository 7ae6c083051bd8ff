// Decoders of @wadi/types under fuzzing: what peers, transactions and files bring in.
import assert from "node:assert/strict";
import { create, decodeCbor, encodeCbor, encodeJson, type DecodeMode, type Schema } from "@wadi/codec";
import { bindContext, chainContext, CryptoError, signatureContexts, SignatureVerifier, testSigner } from "@wadi/crypto";
import {
  entity,
  events,
  genesis,
  node,
  registry,
  results,
  roothash,
  signature,
  staking,
  transaction,
  type Address,
} from "@wadi/types";
import { concatBytes, toHex, utf8, WadiError } from "@wadi/util";

import { vectorBytes } from "../vectors.ts";
import type { FuzzTarget } from "./target.ts";

const verifier = new SignatureVerifier({ cacheSize: 0 });
const signer = testSigner("fuzz");
const chain = chainContext("fuzz");
const transactionContext = transaction.transactionContext(chain);

interface Case {
  readonly type?: string;
  readonly name: string;
  readonly cbor: string;
}

/** CBOR of the cases of a vector file whose type or name matches; none where the file is not at hand. */
function recorded(file: string, pattern: RegExp): Uint8Array[] {
  const bytes = vectorBytes(file);
  if (bytes === undefined) return [];
  const { vectors } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { readonly vectors: readonly Case[] };
  return vectors
    .filter(({ type, name }) => pattern.test(`${type ?? ""} ${name}`))
    .map(({ cbor }) => Uint8Array.from(Buffer.from(cbor, "hex")));
}

/** What encodes again must give a value that encodes to the same bytes: a fixed point after one step. */
function assertStable<T>(schema: Schema<T>, value: T): void {
  const encoded = encodeCbor(schema, value);
  assert.equal(toHex(encodeCbor(schema, decodeCbor(schema, encoded))), toHex(encoded), "stable");
}

/** A value that decodes may still have no JSON, but then for a reason. */
function assertPrintable<T>(schema: Schema<T>, value: T): void {
  try {
    encodeJson(schema, value);
  } catch (e) {
    if (!(e instanceof WadiError)) throw e;
  }
}

function decoder<T>(
  name: string,
  schema: Schema<T>,
  seeds: () => Uint8Array[],
  mode: DecodeMode = "strict",
): FuzzTarget {
  return {
    name,
    run: (input) => {
      const value = decodeCbor(schema, input, mode);
      assertStable(schema, value);
      assertPrintable(schema, value);
    },
    seeds: () => [...seeds(), encodeCbor(schema, schema.zero()), new Uint8Array(0), Uint8Array.of(0xf6)],
  };
}

/** Envelope, signature, blob, body: as a block's transaction goes through. */
function runSignedTransaction(input: Uint8Array): void {
  const envelope = decodeCbor(transaction.SignedTransaction, input);
  try {
    transaction.openTransaction(envelope, transactionContext, verifier);
  } catch (e) {
    if (!(e instanceof CryptoError || e instanceof WadiError)) throw e;
  }
  const opened = signature.decodeBlob(transaction.Transaction, envelope);
  assertStable(transaction.Transaction, opened);
  const method = transaction.lookupMethod(opened.method);
  if (method !== undefined) assertStable(method.body, transaction.decodeBody(method, opened));
}

function signedTransactions(): Uint8Array[] {
  return transaction.allMethods().map((method) => {
    const fee = { amount: 10n, gas: 3n };
    const built = transaction.newTransaction(method, method.body.zero(), { nonce: 1n, fee });
    const signed = transaction.signTransaction(built, transactionContext, signer);
    return encodeCbor(transaction.SignedTransaction, signed);
  });
}

const envelopes = {
  entity: entity.SignedEntity,
  node: node.MultiSignedNode,
} as const;

function runSignedEntity(input: Uint8Array): void {
  const signed = decodeCbor(envelopes.entity, input);
  assertStable(envelopes.entity, signed);
  assertStable(entity.Entity, signature.decodeBlob(entity.Entity, signed));
}

function runSignedNode(input: Uint8Array): void {
  const signed = decodeCbor(envelopes.node, input);
  assertStable(envelopes.node, signed);
  assertStable(node.Node, signature.decodeBlob(node.Node, signed));
}

function signedEntities(): Uint8Array[] {
  const value = { v: entity.LATEST_ENTITY_VERSION, id: signer.publicKey, nodes: [signer.publicKey] };
  const signed = signature.signValue(entity.Entity, value, bindContext(signatureContexts.registerEntity), signer);
  return [encodeCbor(envelopes.entity, signed), ...recorded("common/descriptors", /SignedEntity/)];
}

/** A document that was read prints and hashes the same after another round. */
function runGenesis(input: Uint8Array): void {
  const document = genesis.parseGenesis(input);
  const again = genesis.parseGenesis(genesis.printGenesis(document));
  assert.equal(genesis.genesisHash(again), genesis.genesisHash(document));
}

function genesisFiles(): Uint8Array[] {
  const bytes = vectorBytes("common/genesis");
  const file = bytes === undefined ? { vectors: [] } : JSON.parse(Buffer.from(bytes).toString("utf8"));
  const { vectors } = file as { readonly vectors: readonly { readonly canonical_json: string }[] };
  const account = create(staking.Account, { general: create(staking.GeneralAccount, { balance: 7n }) });
  const empty = genesis.Document.zero();
  const ledger = new Map([[`00${"11".repeat(20)}` as Address, account]]);
  const document = { ...empty, staking: { ...empty.staking, ledger } };
  return [
    utf8(genesis.printGenesis(document)),
    ...vectors.map((v) => utf8(v.canonical_json)),
    utf8("{}"),
    utf8("null"),
  ];
}

const eventKinds = events.allEventKinds();

/** The first byte chooses the kind, the rest is the attribute's text. */
function runEvent(input: Uint8Array): void {
  const kind = eventKinds[(input[0] ?? 0) % eventKinds.length] as events.EventKind;
  const value = kind.decode(Buffer.from(input.subarray(1)).toString("latin1"));
  assert.deepEqual(kind.decode(kind.encode(value)), value);
}

function eventAttributes(): Uint8Array[] {
  return eventKinds.map((kind, i) => concatBytes(Uint8Array.of(i), utf8(kind.encode(kind.schema.zero()))));
}

export const targets: readonly FuzzTarget[] = [
  { name: "types/transaction/signed", run: runSignedTransaction, seeds: signedTransactions },
  { name: "types/entity/signed", run: runSignedEntity, seeds: signedEntities },
  { name: "types/node/signed", run: runSignedNode, seeds: () => recorded("common/descriptors", /MultiSignedNode/) },
  decoder("types/entity", entity.Entity, () => recorded("common/descriptors", /^entity\.Entity/)),
  decoder("types/node", node.Node, () => recorded("common/descriptors", /^node\.Node/)),
  decoder("types/node/rpc", node.Node, () => recorded("common/descriptors", /^node\.Node/), "rpc"),
  decoder("types/runtime", registry.Runtime, () => recorded("common/descriptors", /Runtime/)),
  decoder("types/sgx/constraints", node.SGXConstraints, () => recorded("common/descriptors", /SGXConstraints/)),
  decoder("types/sgx/attestation", node.SGXAttestation, () => recorded("common/descriptors", /SGXAttestation/)),
  decoder("types/roothash/commit", roothash.ExecutorCommit, () => recorded("common/structs", /ExecutorCommit$/)),
  decoder("types/results", results.Result, () => recorded("common/structs", /results\.Result/), "rpc"),
  { name: "types/genesis/json", run: runGenesis, seeds: genesisFiles },
  { name: "types/event", run: runEvent, seeds: eventAttributes },
];
