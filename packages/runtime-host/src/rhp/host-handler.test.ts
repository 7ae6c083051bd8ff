import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor } from "@wadi/codec";
import {
  packedFromHex,
  RootType,
  verifyProofItems,
  ZERO_NAMESPACE,
  GetRequest,
  HostStorageSyncRequest,
} from "@wadi/mkvs";
import { EMPTY, eventKinds, HostRpcCallRequest, rpcKinds } from "@wadi/runtime-protocol";
import { transaction, type PublicKey, type Hash } from "@wadi/types";
import { must, toHex, utf8 } from "@wadi/util";
import { askerOf } from "../testing/ask.ts";
import { rawTransaction, testNodeId, testServices, testTree, treeSyncer } from "../testing/test-services.ts";
import { hostHandler } from "./host-handler.ts";
import type { HostServices } from "./host-services.ts";

const ask = askerOf(hostHandler);

test("identity, genesis height, light blocks and validators", async () => {
  const services = testServices();
  assert.equal((await ask(services, "HostIdentityRequest", EMPTY)).nodeId, testNodeId);
  assert.equal((await ask(services, "HostFetchGenesisHeightRequest", EMPTY)).height, 3n);
  assert.equal((await ask(services, "HostFetchConsensusBlockRequest", { height: 0n })).block.height, 10);
  assert.equal((await ask(services, "HostFetchConsensusValidatorsRequest", { height: 4n })).validators.height, 4);
});

test("light blocks come from the provider where the local node has none", async () => {
  const lightProvider = {
    lightBlock: (height: bigint) => {
      if (height > 20n) throw new Error("nobody has it");
      return { height: Number(height), meta: null };
    },
    validators: () => {
      throw new Error("nobody has them");
    },
  };
  const services = testServices({ lightProvider });
  assert.equal((await ask(services, "HostFetchConsensusBlockRequest", { height: 11n })).block.height, 11);
  await assert.rejects(ask(services, "HostFetchConsensusBlockRequest", { height: 21n }), {
    message: "failed to fetch light block for height 21: nobody has it",
  });
  await assert.rejects(ask(services, "HostFetchConsensusValidatorsRequest", { height: 11n }), {
    message: "failed to fetch validator for height 11: nobody has them",
  });
  await assert.rejects(ask(testServices(), "HostFetchConsensusBlockRequest", { height: 11n }), {
    message: "failed to fetch light block for height 11: no such height",
  });
});

test("local storage", async () => {
  const services = testServices();
  const key = utf8("key");
  assert.deepEqual(await ask(services, "HostLocalStorageGetRequest", { key }), { value: null });
  await ask(services, "HostLocalStorageSetRequest", { key, value: utf8("value") });
  assert.deepEqual(await ask(services, "HostLocalStorageGetRequest", { key }), { value: utf8("value") });
  const empty = new Uint8Array(0);
  const refused = { message: "invalid local storage key" };
  await assert.rejects(ask(services, "HostLocalStorageGetRequest", { key: empty }), refused);
  await assert.rejects(ask(services, "HostLocalStorageSetRequest", { key: empty, value: empty }), refused);
});

test("storage sync of both endpoints", async () => {
  const tree = testTree();
  const { hash } = tree.syncRoot;
  const root = { namespace: ZERO_NAMESPACE, version: 1n, type: RootType.state, hash };
  const syncGet = create(GetRequest, { tree: { root, position: hash as Hash }, key: utf8("key") });
  const services = testServices({ runtimeStorage: treeSyncer(tree) });
  for (const endpoint of [0, 1]) {
    const request = create(HostStorageSyncRequest, { endpoint, syncGet });
    const { proofResponse } = await ask(services, "HostStorageSyncRequest", request);
    const items = Array.from(verifyProofItems(packedFromHex(hash), must(proofResponse).proof));
    assert.equal(items.length, 1, `endpoint ${endpoint}`);
  }
  const to = (endpoint: number, more = {}) =>
    ask(testServices(), "HostStorageSyncRequest", create(HostStorageSyncRequest, { endpoint, ...more }));
  await assert.rejects(to(0, { syncGet }), { message: "endpoint not supported" });
  await assert.rejects(to(2, { syncGet }), { message: "endpoint not supported" });
  await assert.rejects(to(1), { message: "method not supported" });
});

test("events of the four modules", async () => {
  const asked: string[] = [];
  const services = testServices();
  const consensus = { ...services.consensus, events: (_: bigint, kind: string) => (asked.push(kind), []) };
  for (const kind of Object.values(eventKinds)) {
    await ask({ ...services, consensus }, "HostFetchConsensusEventsRequest", { height: 1n, kind });
  }
  assert.deepEqual(asked, ["staking", "registry", "roothash", "governance"]);
  await assert.rejects(ask(services, "HostFetchConsensusEventsRequest", { height: 1n, kind: 5 }), {
    message: "method not supported",
  });
});

test("the metadata transaction is the last of its method, garbage is passed over", async () => {
  const { signedTx, proof } = await ask(testServices(), "HostFetchBlockMetadataTxRequest", { height: 7n });
  const inner = decodeCbor(transaction.Transaction, must(must(signedTx).untrustedRawValue));
  assert.equal(inner.method, "consensus.Meta");
  assert.deepEqual(proof, { height: 7, rawProof: utf8("proof 0") });
  const services = testServices();
  const consensus = {
    ...services.consensus,
    transactionsWithProofs: () => ({ transactions: [rawTransaction("staking.Burn")], proofs: [utf8("")] }),
  };
  await assert.rejects(ask({ ...services, consensus }, "HostFetchBlockMetadataTxRequest", { height: 7n }), {
    message: "block metadata transaction not found",
  });
});

test("more transactions for a scheduler, at most 100 at once", async () => {
  const limits: number[] = [];
  const transactions = { nextTransactions: (limit: number) => (limits.push(limit), [utf8("tx")]) };
  const services = testServices({ transactions });
  await ask(services, "HostFetchTxBatchRequest", { offset: null, limit: 1000 });
  const { batch } = await ask(services, "HostFetchTxBatchRequest", { offset: null, limit: 7 });
  assert.deepEqual(limits, [100, 7]);
  assert.deepEqual(batch, [utf8("tx")]);
});

test("calls to the key manager", async () => {
  const node = "01".repeat(32) as PublicKey;
  const calls: unknown[] = [];
  const keyManager: HostServices["keyManager"] = {
    call: (requestId, { request }) => {
      calls.push(["call", requestId, toHex(request)]);
      return Promise.resolve({ response: utf8("new"), node });
    },
    callRatingPrevious: (feedback) => {
      calls.push(["rating", feedback]);
      return Promise.resolve({ response: utf8("old"), node });
    },
    submitPeerFeedback: (requestId, feedback) => void calls.push(["feedback", requestId, feedback]),
  };
  const services = testServices({ keyManager });
  const request = create(HostRpcCallRequest, { endpoint: "key-manager", kind: rpcKinds.insecureQuery });
  assert.deepEqual(await ask(services, "HostRPCCallRequest", request), { response: utf8("old"), node });
  await ask(services, "HostRPCCallRequest", { ...request, peerFeedback: 2 });
  assert.deepEqual(await ask(services, "HostRPCCallRequest", { ...request, requestId: 5n }), {
    response: utf8("new"),
    node,
  });
  await ask(services, "HostSubmitPeerFeedbackRequest", { endpoint: "key-manager", requestId: 5n, peerFeedback: 1 });
  assert.deepEqual(calls, [
    ["rating", 0],
    ["rating", 2],
    ["call", 5n, ""],
    ["feedback", 5n, 1],
  ]);
  const elsewhere = { ...request, endpoint: "elsewhere" };
  await assert.rejects(ask(services, "HostRPCCallRequest", elsewhere), { message: "endpoint not supported" });
  await assert.rejects(ask(testServices(), "HostRPCCallRequest", request), { message: "key manager not available" });
});

test("requests that only ROFL components may send, or that go the other way, are refused", async () => {
  const refused = { message: "method not supported" };
  await assert.rejects(
    ask(testServices(), "HostRegisterNotifyRequest", { runtimeBlock: true, runtimeEvent: null }),
    refused,
  );
  await assert.rejects(ask(testServices(), "RuntimePingRequest", EMPTY), refused);
  await assert.rejects(ask(testServices(), "HostProveFreshnessRequest", { blob: new Uint8Array(32) }), refused);
});
