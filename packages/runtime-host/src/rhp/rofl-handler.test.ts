import assert from "node:assert/strict";
import { test } from "node:test";
import { create, decodeCbor, encodeCbor, list, struct, text } from "@wadi/codec";
import { bindContext, signatureContexts, SignatureVerifier, testSigner } from "@wadi/crypto";
import {
  EMPTY,
  EnclaveRequest,
  HostRpcCallRequest,
  rpcKinds,
  type BodyValue,
  type RoflNotifications,
} from "@wadi/runtime-protocol";
import { LabelAttestation } from "@wadi/tee";
import { utf8 } from "@wadi/util";
import { askerOf } from "../testing/ask.ts";
import { callerOf } from "../testing/caller.ts";
import { testNodeId, testServices } from "../testing/test-services.ts";
import { testRuntimeId } from "../testing/test-runtime.ts";
import { hostHandler } from "./host-handler.ts";
import { AttestLabelsResponse, labelEndpoint } from "./label-endpoint.ts";
import { roflHandler, type RoflServices } from "./rofl-handler.ts";

function roflServices(more: Partial<RoflServices> = {}): RoflServices {
  return {
    parent: hostHandler(testServices()),
    component: { kind: "rofl", name: "oracle" },
    ronl: () => undefined,
    localEndpoints: {},
    registerNotifications: () => undefined,
    ...more,
  };
}

const ask = askerOf(roflHandler);

test("local storage is the component's own", async () => {
  const host = testServices();
  const services = roflServices({ parent: hostHandler(host) });
  await ask(services, "HostLocalStorageSetRequest", { key: utf8("k"), value: utf8("v") });
  assert.deepEqual([...host.stored.keys()], [Buffer.from("rofl.oracle:k").toString("hex")]);
  assert.deepEqual(await ask(services, "HostLocalStorageGetRequest", { key: utf8("k") }), { value: utf8("v") });
});

test("noise frames go to the RONL component", async () => {
  const ronl = callerOf((type, value) => {
    assert.equal(type, "RuntimeRPCCallRequest");
    return Promise.resolve({ response: (value as BodyValue<"RuntimeRPCCallRequest">).request });
  });
  const call = create(HostRpcCallRequest, { endpoint: "ronl", request: utf8("frame") });
  const services = roflServices({ ronl: () => ronl });
  assert.deepEqual(await ask(services, "HostRPCCallRequest", call), { response: utf8("frame"), node: "00".repeat(32) });
  await assert.rejects(ask(services, "HostRPCCallRequest", { ...call, kind: rpcKinds.localQuery }), {
    message: "only secure noise sessions are allowed",
  });
  await assert.rejects(ask(roflServices(), "HostRPCCallRequest", call), { message: "endpoint not supported" });
});

test("transactions", async () => {
  const submitter = {
    submit: () => Promise.resolve(),
    submitAndWait: () => Promise.resolve({ output: utf8("out"), round: 7n, batchOrder: 2 }),
  };
  const request = { runtimeId: testRuntimeId, data: utf8("tx"), wait: false, prove: true };
  const services = roflServices({ submitter });
  assert.equal((await ask(services, "HostSubmitTxRequest", request)).round, 0n);
  assert.deepEqual(await ask(services, "HostSubmitTxRequest", { ...request, wait: true }), {
    output: utf8("out"),
    round: 7n,
    batchOrder: 2,
    proof: null,
  });
  await assert.rejects(ask(roflServices(), "HostSubmitTxRequest", request), { message: "method not supported" });
});

test("notifications and everything else", async () => {
  const registered: RoflNotifications[] = [];
  const services = roflServices({ registerNotifications: (wanted) => void registered.push(wanted) });
  await ask(services, "HostRegisterNotifyRequest", { runtimeBlock: true, runtimeEvent: null });
  await ask(services, "HostRegisterNotifyRequest", { runtimeBlock: false, runtimeEvent: { tags: [utf8("tag")] } });
  assert.deepEqual(registered, [
    { blocks: true, events: [] },
    { blocks: false, events: [utf8("tag")] },
  ]);
  assert.equal((await ask(services, "HostIdentityRequest", EMPTY)).nodeId, testNodeId);
});

test("labels are attested by the node", async () => {
  const Request = struct("request", { labels: list(text) });
  const signer = testSigner("node");
  const rak = testSigner("rak").publicKey;
  const local = labelEndpoint({ signer, labels: new Map([["foo", "bar"]]), rak: () => rak });
  const services = roflServices({ localEndpoints: { attestation: local } });
  const call = (method: string, labels: string[], kind: number = rpcKinds.localQuery) => {
    const request = encodeCbor(EnclaveRequest, { method, args: encodeCbor(Request, { labels }) });
    return ask(services, "HostRPCCallRequest", create(HostRpcCallRequest, { endpoint: "attestation", kind, request }));
  };
  const { response } = await call("AttestLabels", ["foo", "absent"]);
  const answer = decodeCbor(AttestLabelsResponse, response);
  const attested = decodeCbor(LabelAttestation, answer.attestation);
  assert.deepEqual(attested, {
    rak,
    labels: new Map([
      ["foo", "bar"],
      ["absent", ""],
    ]),
  });
  assert.equal(answer.nodeId, signer.publicKey);
  const context = bindContext(signatureContexts.componentLabels);
  assert.ok(new SignatureVerifier().verify(signer.publicKey, context, answer.attestation, answer.signature));
  await assert.rejects(call("AttestLabels", []), { message: "no labels specified" });
  await assert.rejects(call("AttestLabels", Array(11).fill("x")), { message: "too many labels specified (max: 10)" });
  await assert.rejects(call("Other", ["foo"]), { message: "method not supported" });
  await assert.rejects(call("AttestLabels", ["foo"], rpcKinds.insecureQuery), { message: "endpoint not supported" });
  const bad = create(HostRpcCallRequest, {
    endpoint: "attestation",
    kind: rpcKinds.localQuery,
    request: utf8("garbage"),
  });
  await assert.rejects(ask(services, "HostRPCCallRequest", bad), /^WadiError: malformed request: /);
  const absent = create(HostRpcCallRequest, { endpoint: "bundle-manager", kind: rpcKinds.localQuery });
  await assert.rejects(ask(services, "HostRPCCallRequest", absent), { message: "endpoint not supported" });
});
