import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCbor } from "@wadi/codec";
import { SignerRole, testSigner, verifyVrf } from "@wadi/crypto";
import { beacon } from "@wadi/types";
import { must } from "@wadi/util";

import type { Call } from "../submission/own-transactions.ts";
import { VrfWorker, type VrfWorkerPorts } from "./vrf-worker.ts";

const node = testSigner("node").publicKey;
const signer = testSigner("vrf", SignerRole.vrf);

class Chain implements VrfWorkerPorts {
  current: beacon.VRFState = { ...beacon.VRFState.zero(), epoch: 1n, alpha: Uint8Array.of(1), submitAfter: 5n };
  readonly calls: Call[] = [];
  failures = 0;
  /** Answers `submit` by hand. */
  hold = false;

  round(): beacon.VRFState {
    return this.current;
  }

  submit(call: Call, signal: AbortSignal): Promise<void> {
    this.calls.push(call);
    if (this.failures-- > 0) return Promise.reject(new Error("the pool is full"));
    if (!this.hold) return Promise.resolve();
    const { promise, reject } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    return promise;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }

  random(): number {
    return 0.5;
  }

  get proofs(): beacon.VRFProve[] {
    return this.calls.map(({ body }) => decodeCbor(beacon.VRFProve, must(body ?? undefined)));
  }
}

test("the proof is for the state's epoch and alpha", async () => {
  const chain = new Chain();
  {
    await using worker = new VrfWorker(chain, { node, signer });
    for (const height of [4, 5, 6]) worker.blockCommitted(height);
  }
  assert.equal(chain.calls.length, 1);
  const [{ epoch, pi } = assert.fail()] = chain.proofs;
  assert.equal(epoch, 1n);
  assert.ok(verifyVrf(signer.publicKey, Uint8Array.of(1), must(pi ?? undefined)) !== undefined);
});

test("what fails is tried again, until the epoch is over", async () => {
  const chain = new Chain();
  const told: boolean[] = [];
  Object.assign(chain, { onFailure: (_e: unknown, _epoch: bigint, willRetry: boolean) => told.push(willRetry) });
  chain.failures = 3;
  const worker = new VrfWorker(chain, { node, signer });
  worker.blockCommitted(5);
  while (chain.calls.length < 4) await Promise.resolve();
  assert.deepEqual(told, [true, true, true]);
  await worker[Symbol.asyncDispose]();

  chain.failures = 1;
  const late = new VrfWorker(chain, { node, signer });
  late.blockCommitted(5);
  chain.current = { ...chain.current, epoch: 2n, submitAfter: 15n };
  await new Promise(setImmediate);
  assert.equal(chain.calls.length, 5, "no second attempt in another epoch");
  await late[Symbol.asyncDispose]();
});

test("a new epoch gives up the submission for the old one", async () => {
  const chain = new Chain();
  chain.hold = true;
  const worker = new VrfWorker(chain, { node, signer });
  worker.blockCommitted(5);
  chain.current = { ...chain.current, epoch: 2n, alpha: Uint8Array.of(2), submitAfter: 7n };
  worker.blockCommitted(6);
  worker.blockCommitted(7);
  assert.deepEqual(
    chain.proofs.map(({ epoch }) => epoch),
    [1n, 2n],
  );
  await worker[Symbol.asyncDispose]();
  worker.blockCommitted(8);
  assert.equal(chain.calls.length, 2, "nothing after the end");
});
