import type { Namespace } from "@wadi/types";
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor, encodeCbor, list, bytes, text } from "@wadi/codec";
import { hashOf, stakingAddress, testSigner } from "@wadi/crypto";
import fc from "fast-check";
import { executeBatch } from "../batch/execute.ts";
import { checkBatch } from "../batch/check.ts";
import { ArtifactTree } from "../batch/artifacts.ts";
import { defineRuntime, method } from "../methods.ts";
import { MemoryHost, RUNTIME_ID } from "../testing/memory-host.ts";
import { CallResult, signCall, signedCalls, type Call } from "./signed-calls.ts";

const alice = testSigner("alice");
const network = { runtimeId: RUNTIME_ID, chainContext: "test" };
const format = signedCalls();
const runtime = defineRuntime({
  version: { major: 0, minor: 0, patch: 0 },
  transactions: format,
  methods: { who: method({ args: text, result: text, call: ({ caller }, prefix) => `${prefix}${caller}` }) },
});

function sign(nonce: bigint, changes: Partial<Call> = {}, signer = alice, at = network): Uint8Array {
  return signCall({ nonce, method: "who", args: encodeCbor(text, "I am "), ...changes }, at, signer);
}

function request(host: MemoryHost, inputs: readonly Uint8Array[], mode: number) {
  const { header } = host;
  const { root } = new ArtifactTree(inputs).inputs;
  const consensusBlock = { height: 1, meta: null };
  const rest = { roundResults: null, inMessages: [], block: { header }, epoch: 1n, maxMessages: 0 };
  return { mode, consensusBlock, ioRoot: root, inputs: [...inputs], ...rest };
}

function results({ batch }: ReturnType<typeof executeBatch>): CallResult[] {
  const isOutput = (key: Uint8Array): boolean => key[0] === 0x54 && key.at(-1) === 2;
  return batch.ioWriteLog
    .filter(({ key }) => isOutput(key))
    .map(({ value }) => decodeCbor(CallResult, decodeCbor(list(bytes), value ?? new Uint8Array(0))[0] as Uint8Array));
}

test("the caller is the account of the key", () => {
  const host = new MemoryHost();
  const [result] = results(executeBatch(runtime, request(host, [sign(0n)], 0), host.services));
  assert.equal(decodeCbor(text, result?.ok ?? new Uint8Array(0)), `I am ${stakingAddress(alice.publicKey)}`);
});

test("a nonce counts once, and failures have module and code", () => {
  const host = new MemoryHost();
  const inputs = [sign(0n), sign(0n, { args: encodeCbor(text, "again") }), sign(1n, { method: "nope" }), sign(2n)];
  const response = executeBatch(runtime, request(host, inputs, 0), host.services);
  assert.deepEqual(
    results(response)
      .map(({ failure }) => failure?.message ?? "ok")
      .sort(),
    ["invalid nonce: expected 1", "ok", "ok", "unknown method: nope"],
  );
});

test("signatures of others, for others, or altered ones are refused", () => {
  const host = new MemoryHost();
  const altered = sign(0n);
  altered[altered.length - 1] = (altered.at(-1) as number) ^ 1;
  const inputs = [
    sign(0n, {}, alice, { ...network, chainContext: "other" }),
    sign(0n, {}, alice, { ...network, runtimeId: `80${"01".repeat(31)}` as Namespace }),
    altered,
    new Uint8Array([...sign(0n), 0]),
    Uint8Array.of(0x80),
  ];
  const { header } = host;
  const consensusBlock = { height: 1, meta: null };
  const check = { consensusBlock, inputs, block: { header }, epoch: 1n, maxMessages: 0 };
  const { results: checked } = checkBatch(runtime, check, host.services);
  assert.deepEqual(
    checked.map(({ error }) => error.code),
    [7, 7, 7, 5, 5],
  );
});

test("a nonce whose turn comes later passes the check and waits", () => {
  const host = new MemoryHost();
  const [now, later, next] = [sign(0n), sign(2n), sign(1n)] as const;
  const check = { consensusBlock: { height: 1, meta: null }, inputs: [later], block: { header: host.header } };
  const { results: checked } = checkBatch(runtime, { ...check, epoch: 1n, maxMessages: 0 }, host.services);
  assert.deepEqual(
    [checked[0]?.error.code, checked[0]?.meta?.senderSeq, checked[0]?.meta?.senderStateSeq],
    [0, 2n, 0n],
  );
  const { txHashes, txRejectHashes } = executeBatch(runtime, request(host, [now, later, next], 1), host.services);
  assert.deepEqual(txHashes, [hashOf(now), hashOf(next)]);
  assert.deepEqual(txRejectHashes, []);
});

test("garbage is refused by a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
      assert.throws(() => format.decode(input), { name: "CallError", code: 5 });
    }),
  );
});
