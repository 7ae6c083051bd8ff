// The keys of a test validator, as the genesis documents of tests name them.
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { nodeSigner } from "@wadi/apps/testing";
import { loadOrCreateIdentity, testSeed, type NodeIdentity } from "@wadi/crypto";
import { assert } from "@wadi/util";

/** Puts the identity of a test validator into a directory, which is made if need be, and loads it. */
export function testIdentity(directory: string, name: string): NodeIdentity {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const seeds = ["id", "p2p", "entropy", "consensus", "vrf"].map((use) => testSeed(`${name}: ${use}`));
  const identity = loadOrCreateIdentity(directory, {
    nowSeconds: Math.floor(Date.now() / 1000),
    // Keys are made in this order; certificates come after them and matter to no test.
    randomBytes: (size) => seeds.shift() ?? randomBytes(size),
  });
  for (const use of ["consensus", "p2p", "vrf"] as const) {
    assert(identity[use].publicKey === nodeSigner(name, use).publicKey, `the ${use} key is not that of ${name}`);
  }
  return identity;
}
