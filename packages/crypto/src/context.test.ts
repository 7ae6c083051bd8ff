import assert from "node:assert/strict";
import { test } from "node:test";

import { namespaceFromHex } from "./brands.ts";
import {
  bindContext,
  bindRuntimeContext,
  chainContext,
  rawFullContext,
  registeredContexts,
  signatureContext,
  signatureContexts,
} from "./context.ts";
import { isCryptoError, type CryptoErrorKind } from "./errors.ts";
import { sdkContext } from "./sdk-context.ts";

const chain = chainContext("a".repeat(64));
const runtime = namespaceFromHex(`80${"0".repeat(61)}1`);

function throwsKind(body: () => unknown, kind: CryptoErrorKind): void {
  assert.throws(body, (e) => isCryptoError(e, kind));
}

test("contexts are distinct, and none is the beginning of what another binds to", () => {
  const bound = registeredContexts.map((context) =>
    bindContext(context, { chain, ...(context.suffix === undefined ? {} : { suffix: runtime }) }),
  );
  assert.equal(new Set(bound.map((b) => b.text)).size, registeredContexts.length);
  for (const b of bound) assert.equal(Buffer.from(b.bytes).toString("utf8"), b.text);
});

test("the suffix comes before the chain", () => {
  assert.equal(
    bindRuntimeContext(signatureContexts.proposal, runtime, chain).text,
    `oasis-core/roothash: proposal for runtime ${runtime} for chain ${chain}`,
  );
});

test("a chain is needed where the context is separated, and ignored elsewhere", () => {
  throwsKind(() => bindContext(signatureContexts.transaction), "noChainContext");
  assert.equal(bindContext(signatureContexts.registerNode, { chain }).text, signatureContexts.registerNode.base);
});

test("a suffix is needed where configured, refused elsewhere, and bounded", () => {
  throwsKind(() => bindContext(signatureContexts.proposal, { chain }), "noDynamicSuffix");
  throwsKind(() => bindContext(signatureContexts.transaction, { chain, suffix: runtime }), "noSuffixConfigured");
  throwsKind(() => bindContext(signatureContexts.proposal, { chain, suffix: "x".repeat(65) }), "malformedContext");
});

test("chain contexts have 1 to 64 bytes", () => {
  throwsKind(() => chainContext(""), "malformedContext");
  throwsKind(() => chainContext("x".repeat(65)), "malformedContext");
  throwsKind(() => chainContext("é".repeat(33)), "malformedContext");
  assert.equal(chainContext("x"), "x");
});

test("a context must leave room for chain and suffix, and must not imitate a separated one", () => {
  throwsKind(() => signatureContext(""), "malformedContext");
  assert.equal(signatureContext("x".repeat(255)).base.length, 255);
  throwsKind(() => signatureContext("x".repeat(256)), "malformedContext");
  const room = 255 - " for chain ".length - 64;
  assert.ok(signatureContext("x".repeat(room), { chainSeparated: true }));
  throwsKind(() => signatureContext("x".repeat(room + 1), { chainSeparated: true }), "malformedContext");
  const suffix = { separator: " s ", maxLength: 10 };
  throwsKind(() => signatureContext("x".repeat(room - 12), { chainSeparated: true, suffix }), "malformedContext");
  throwsKind(() => signatureContext("a for chain b"), "malformedContext");
});

test("a remote signer takes full contexts of 1 to 255 bytes as they come", () => {
  assert.equal(rawFullContext("anything for chain x").text, "anything for chain x");
  throwsKind(() => rawFullContext(""), "malformedContext");
  throwsKind(() => rawFullContext("x".repeat(256)), "malformedContext");
});

test("the runtime SDK separates by runtime and network", () => {
  const context = sdkContext(runtime, chain);
  assert.match(context.text, /^oasis-runtime-sdk\/tx: v0 for chain [0-9a-f]{64}$/);
  assert.notEqual(context.text, sdkContext(runtime, chainContext("b")).text);
});
