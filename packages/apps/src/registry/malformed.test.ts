// Bytes that went wrong on the way, and descriptors that are well signed but odd: rules refuse
// them with a pair of codes, nothing else escapes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCbor } from "@wadi/codec";
import { bindContext, signatureContexts } from "@wadi/crypto";
import { entity, node, registry, transaction } from "@wadi/types";
import fc from "fast-check";

import { registryApplication } from "./app.ts";
import { setRuntime } from "./state.ts";
import {
  TestNetwork,
  VERSION,
  computeId,
  deployment,
  first,
  noQuotes,
  nodeOf,
  owner,
  runtimeOf,
  second,
  serving,
  signedEntity,
  signedNode,
  type Signer,
} from "./testing/test-network.ts";
import { registerEntity } from "./transactions/entities.ts";

const { methods = [] } = registryApplication({ quotes: noQuotes });
const nodeSigners = [first.id, first.p2p, first.consensus, first.vrf, first.tls];
const entityContext = bindContext(signatureContexts.registerEntity);
const nodeContext = bindContext(signatureContexts.registerNode);

const entityBlob = encodeCbor(entity.Entity, { v: 2, id: owner.publicKey, nodes: [first.id.publicKey] });
const nodeBlob = encodeCbor(node.Node, nodeOf(first, serving(computeId)));
const runtimeBody = encodeCbor(registry.Runtime, runtimeOf());

/** A few bytes replaced, inserted or removed. */
const damage = fc.array(
  fc.record({ at: fc.nat(), removed: fc.integer({ min: 0, max: 3 }), put: fc.uint8Array({ maxLength: 3 }) }),
  { minLength: 1, maxLength: 3 },
);
type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

function damaged(bytes: Uint8Array, edits: Damage): Uint8Array {
  let result = bytes;
  for (const { at, removed, put } of edits) {
    const start = at % (result.length + 1);
    result = Buffer.concat([result.subarray(0, start), put, result.subarray(start + removed)]);
  }
  return result;
}

function network(): TestNetwork {
  const made = new TestNetwork();
  made.run(owner, (ctx) => registerEntity(ctx, signedEntity([first, second])));
  setRuntime(made.state, runtimeOf({ deployments: [deployment(VERSION, 0n)] }), false);
  return made;
}

/** Executes a method in every mode; `run` throws what is no refusal. */
function execute(name: string, body: Uint8Array, signer: Signer): string[] {
  const handler = methods.find((method) => method.name === name);
  assert.ok(handler !== undefined);
  const tx = { ...transaction.Transaction.zero(), method: name, body };
  const on = network();
  const modes = ["check", "simulate", "deliver"] as const;
  return modes.map((mode) => on.run(signer, (ctx) => handler.execute(ctx, tx), mode).code);
}

/** The codes of all runs; each kind of damage must sometimes be harmless and sometimes be refused. */
function fuzz(numRuns: number, run: (edits: Damage) => string[]): Set<string> {
  const seen = new Set<string>();
  const property = fc.property(damage, (edits) => {
    for (const code of run(edits)) seen.add(code);
  });
  fc.assert(property, { numRuns });
  return seen;
}

test("damaged bodies", () => {
  const bodies: readonly (readonly [string, Uint8Array, Signer])[] = [
    ["registry.RegisterEntity", encodeCbor(entity.SignedEntity, signedEntity([first])), owner],
    ["registry.RegisterNode", encodeCbor(node.MultiSignedNode, signedNode(first)), first.id],
    ["registry.RegisterRuntime", runtimeBody, owner],
    ["registry.UnfreezeNode", encodeCbor(registry.UnfreezeNode, { nodeId: first.id.publicKey }), owner],
    ["registry.ProveFreshness", Uint8Array.of(0x58, 0x20, ...new Uint8Array(32)), owner],
  ];
  for (const [name, body, signer] of bodies) {
    const seen = fuzz(80, (edits) => execute(name, damaged(body, edits), signer));
    assert.ok(seen.has("registry/1"), `${name}: ${[...seen].join(" ")}`);
  }
});

test("damaged entity descriptors with valid signatures", () => {
  const seen = fuzz(150, (edits) => {
    const blob = damaged(entityBlob, edits);
    const signed = { publicKey: owner.publicKey, signature: owner.sign(entityContext, blob) };
    const body = encodeCbor(entity.SignedEntity, { untrustedRawValue: blob, signature: signed });
    return execute("registry.RegisterEntity", body, owner);
  });
  assert.ok(seen.has("registry/2"), [...seen].join(" "));
});

test("damaged node descriptors with valid signatures", () => {
  const seen = fuzz(150, (edits) => {
    const blob = damaged(nodeBlob, edits);
    const signatures = nodeSigners.map((signer) => ({
      publicKey: signer.publicKey,
      signature: signer.sign(nodeContext, blob),
    }));
    const body = encodeCbor(node.MultiSignedNode, { untrustedRawValue: blob, signatures });
    return execute("registry.RegisterNode", body, first.id);
  });
  assert.ok(seen.has("registry/1"), [...seen].join(" "));
});

test("runtime descriptors with any numbers", () => {
  const small = fc.nat({ max: 3 });
  const descriptors = fc.record({
    v: fc.constantFrom(2, 3, 3, 3),
    kind: small,
    teeHardware: small,
    governanceModel: fc.nat({ max: 5 }),
    groupSize: small,
    roundTimeout: fc.bigInt(-1n, 3n),
    percent: fc.nat({ max: 255 }),
    deployments: fc.array(
      fc.option(
        fc.record({ minor: small, validFrom: fc.bigInt(0n, 4n), tee: fc.option(fc.uint8Array({ maxLength: 2 })) }),
      ),
      { maxLength: 4 },
    ),
  });
  const seen = new Set<string>();
  const property = fc.property(descriptors, ({ groupSize, roundTimeout, percent, deployments, ...changes }) => {
    const executor = { ...runtimeOf().executor, groupSize, roundTimeout, minLiveRoundsPercent: percent };
    const versions = deployments.map((one) =>
      one === null ? null : { ...deployment({ ...VERSION, minor: one.minor }, one.validFrom), tee: one.tee },
    );
    const next = runtimeOf({ ...changes, executor, deployments: versions });
    for (const code of execute("registry.RegisterRuntime", encodeCbor(registry.Runtime, next), owner)) seen.add(code);
  });
  fc.assert(property, { numRuns: 300 });
  assert.ok(seen.has("registry/1"), [...seen].join(" "));
});

test("a body that is no CBOR at all is an invalid argument", () => {
  for (const { name } of methods) {
    if (name === "registry.DeregisterEntity") continue;
    assert.deepEqual(execute(name, Uint8Array.of(0xff), owner), Array(3).fill("registry/1"), name);
  }
});
