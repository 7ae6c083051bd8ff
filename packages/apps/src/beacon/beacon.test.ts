import assert from "node:assert/strict";
import { test } from "node:test";

import { encodeCbor } from "@wadi/codec";
import { EPOCH_INVALID, beacon, transaction } from "@wadi/types";
import { fromHex, must } from "@wadi/util";

import { BlockFailure } from "../framework/errors.ts";
import { nodeStatus } from "../registry/state.ts";
import { backendOf } from "./backends.ts";
import { exportGenesis } from "./genesis.ts";
import { keys } from "./keys.ts";
import { beaconQueries } from "./queries.ts";
import { epoch, futureEpoch, parameters, pendingMockEpoch, setFutureEpoch, vrfState } from "./state.ts";
import { BASE_EPOCH, BeaconChain, INITIAL_HEIGHT, prover, type TestProver } from "./testing/beacon-chain.ts";

const UNKNOWN = { module: "unknown", code: 1 };
const { vrfProve } = transaction.methods;

function insecure(interval: bigint, debugMockBackend = false): beacon.ConsensusParameters {
  return { backend: "insecure", debugMockBackend, insecureParameters: { interval }, vrfParameters: null };
}

function vrf(changes: Partial<beacon.VRFParameters> = {}, debugMockBackend = false): beacon.ConsensusParameters {
  const vrfParameters = { alphaHqThreshold: 2n, interval: 6n, proofDelay: 2n, gasCosts: new Map(), ...changes };
  return { backend: "vrf", debugMockBackend, insecureParameters: null, vrfParameters };
}

/** `count` blocks of a chain with the VRF backend and nodes 1 to `nodes`. */
function vrfChain(nodes: number, params = vrf()): { chain: BeaconChain; provers: TestProver[] } {
  const chain = new BeaconChain(params);
  const provers = Array.from({ length: nodes }, (_, i) => prover(i + 1));
  for (const one of provers) chain.register(one);
  return { chain, provers };
}

function sendProof(chain: BeaconChain, one: TestProver): void {
  chain.send(vrfProve, one.id, chain.proofOf(one, must(vrfState(chain.state))));
}

test("insecure: epochs begin at multiples of the interval, whatever the first height", () => {
  const chain = new BeaconChain(insecure(7n));
  assert.deepEqual(epoch(chain.state), { epoch: BASE_EPOCH, height: INITIAL_HEIGHT });
  assert.deepEqual(futureEpoch(chain.state), { epoch: 6n, height: 42 });
  assert.throws(() => beaconQueries.beacon(chain.state), { module: "beacon", code: 2 });
  const ctx = chain.blocksTo(42);
  assert.deepEqual(
    ctx.events.map(([{ kind }]) => kind.kind),
    ["epoch", "beacon"],
  );
  assert.deepEqual(epoch(chain.state), { epoch: 6n, height: 42 });
  assert.deepEqual(futureEpoch(chain.state), { epoch: 7n, height: 49 });
  assert.equal(beaconQueries.beacon(chain.state).length, 32);
});

test("an interval of one block makes every block an epoch", () => {
  const chain = new BeaconChain(vrf({ interval: 1n, proofDelay: 0n }));
  for (let i = 1; i <= 3; i++) {
    chain.blocksTo(INITIAL_HEIGHT + i);
    assert.equal(epoch(chain.state).epoch, BASE_EPOCH + BigInt(i));
  }
});

test("insecure, mock time: epochs begin in the block after they are set", () => {
  const chain = new BeaconChain(insecure(0n, true));
  assert.deepEqual(epoch(chain.state), { epoch: 0n, height: 0 }, "the base epoch is not used");
  chain.block((c) => c.setEpoch(9n));
  assert.throws(() => chain.setEpoch(10n), UNKNOWN, "one is pending");
  chain.block();
  assert.deepEqual(epoch(chain.state), { epoch: 9n, height: INITIAL_HEIGHT + 1 });
  assert.equal(futureEpoch(chain.state), undefined);
  assert.throws(() => chain.setEpoch(9n), UNKNOWN, "does not advance");
});

test("methods that do not belong to the backend are unknown errors", () => {
  const chain = new BeaconChain(insecure(7n));
  assert.throws(() => chain.setEpoch(100n), UNKNOWN);
  assert.throws(() => chain.send(vrfProve, prover(1).id, null), UNKNOWN);
  assert.throws(() => chain.send(transaction.methods.setEpoch, prover(1).id, fromHex("ff")), UNKNOWN);
});

test("a transition that was missed, and one that is scheduled twice, stop the chain", () => {
  const chain = new BeaconChain(insecure(7n));
  chain.height = 43;
  assert.throws(() => chain.block(), BlockFailure);
  assert.throws(() => setFutureEpoch(chain.state, { epoch: 1n, height: 1 }), UNKNOWN);
  const vrfOne = new BeaconChain(vrf());
  vrfOne.state.remove(keys.futureEpoch.at());
  assert.throws(() => vrfOne.block(), BlockFailure);
});

test("a backend that does not exist fails the block", () => {
  for (const backend of ["", "pvss", "constructor"]) {
    assert.throws(() => backendOf({ ...insecure(1n), backend }), BlockFailure, backend);
  }
});

test("VRF: proofs of an epoch make the next input and decide the next elections", () => {
  const { chain, provers } = vrfChain(3);
  chain.blocksTo(INITIAL_HEIGHT + 2);
  const first = must(vrfState(chain.state));
  assert.equal(first.submitAfter, BigInt(INITIAL_HEIGHT + 2));
  chain.block((c) => provers.slice(0, 2).forEach((one) => sendProof(c, one)));
  assert.equal(nodeStatus(chain.state, prover(1).id)?.electionEligibleAfter, EPOCH_INVALID);

  const ctx = chain.blocksTo(INITIAL_HEIGHT + 6);
  assert.deepEqual(
    ctx.events.map(([{ kind }]) => kind.kind),
    ["epoch", "beacon", "vrf"],
  );
  const second = must(vrfState(chain.state));
  assert.equal(second.epoch, BASE_EPOCH + 1n);
  assert.equal(second.alphaHq, true);
  assert.deepEqual([...(second.prevState?.pi?.keys() ?? [])], [prover(1).id, prover(2).id]);
  assert.equal(second.prevState?.canElect, false, "the first input was weak");
  assert.equal(nodeStatus(chain.state, prover(3).id)?.electionEligibleAfter, BASE_EPOCH + 1n);

  chain.blocksTo(INITIAL_HEIGHT + 12);
  const third = must(vrfState(chain.state));
  assert.equal(third.prevState?.canElect, true);
  assert.deepEqual(third.prevState?.pi, new Map(), "nobody proved");
  assert.equal(third.alphaHq, false);
  assert.equal(nodeStatus(chain.state, prover(3).id)?.electionEligibleAfter, BASE_EPOCH + 1n, "set once");
});

test("VRF: no proofs are an empty map, and null only where the round began in the same block", () => {
  const { chain } = vrfChain(0);
  chain.blocksTo(INITIAL_HEIGHT + 6);
  assert.deepEqual(vrfState(chain.state)?.prevState?.pi, new Map());
  const sudden = new BeaconChain(vrf({ interval: 0n }));
  sudden.block();
  assert.equal(vrfState(sudden.state)?.prevState?.pi, null);
});

test("VRFProve: what is refused, in order of the rules", () => {
  const { chain, provers } = vrfChain(2);
  const [one, other] = provers as [TestProver, TestProver];
  const garbage = fromHex("ff");
  assert.throws(() => chain.send(vrfProve, one.id, garbage), UNKNOWN, "no round yet");
  chain.blocksTo(INITIAL_HEIGHT + 1);
  assert.throws(() => chain.send(vrfProve, one.id, garbage), UNKNOWN, "premature");
  chain.blocksTo(INITIAL_HEIGHT + 2);
  const round = must(vrfState(chain.state));
  const proof = chain.proofOf(one, round);
  assert.throws(() => chain.send(vrfProve, prover(9).id, garbage), UNKNOWN, "not a node");
  assert.throws(() => chain.send(vrfProve, one.id, garbage), { module: "beacon", code: 1 });
  assert.throws(() => chain.send(vrfProve, one.id, null), UNKNOWN, "no body is epoch 0");
  const short = encodeCbor(beacon.VRFProve, { epoch: round.epoch, pi: new Uint8Array(79) });
  assert.throws(() => chain.send(vrfProve, one.id, short), UNKNOWN, "79 bytes");
  assert.throws(() => chain.send(vrfProve, other.id, proof), UNKNOWN, "another node's proof");
  assert.throws(() => chain.send(vrfProve, one.id, chain.proofOf(one, round, garbage)), UNKNOWN, "another input");

  chain.verifier.blacklist.add(one.key.publicKey);
  assert.throws(() => chain.send(vrfProve, one.id, proof), UNKNOWN, "forbidden key");
  assert.equal(vrfState(chain.state)?.pi.size, 0);
});

test("VRFProve: CheckTx and simulation store nothing, a second proof is the same", () => {
  const { chain, provers } = vrfChain(1);
  const [one] = provers as [TestProver];
  chain.blocksTo(INITIAL_HEIGHT + 2);
  const proof = chain.proofOf(one, must(vrfState(chain.state)));
  chain.send(vrfProve, one.id, proof, "check");
  chain.send(vrfProve, one.id, fromHex("ff"), "simulate");
  assert.equal(vrfState(chain.state)?.pi.size, 0);
  chain.send(vrfProve, one.id, proof);
  chain.send(vrfProve, one.id, proof);
  assert.equal(vrfState(chain.state)?.pi.size, 1);
});

test("VRF, mock time: the epoch waits for all proofs, or for an interval", () => {
  const { chain, provers } = vrfChain(2, vrf({ interval: 50n }, true));
  assert.equal(futureEpoch(chain.state), undefined);
  chain.block((c) => c.setEpoch(7n));
  chain.setEpoch(7n);
  assert.throws(() => chain.setEpoch(8n), UNKNOWN, "another one is pending");
  chain.blocksTo(INITIAL_HEIGHT + 3);
  assert.equal(pendingMockEpoch(chain.state), 7n, "no proofs yet");
  chain.block((c) => provers.forEach((one) => sendProof(c, one)));
  chain.block();
  assert.deepEqual(futureEpoch(chain.state), { epoch: 7n, height: INITIAL_HEIGHT + 6 });
  assert.equal(pendingMockEpoch(chain.state), undefined);
  chain.block();
  assert.deepEqual(epoch(chain.state), { epoch: 7n, height: INITIAL_HEIGHT + 6 });
  assert.throws(() => chain.setEpoch(7n), UNKNOWN, "does not advance");

  chain.setEpoch(8n);
  chain.blocksTo(INITIAL_HEIGHT + 6 + 49);
  assert.equal(pendingMockEpoch(chain.state), 8n);
  chain.block();
  assert.deepEqual(futureEpoch(chain.state), { epoch: 8n, height: INITIAL_HEIGHT + 6 + 51 });
});

test("what is exported goes on with the epoch", () => {
  const chain = new BeaconChain(vrf());
  chain.blocksTo(INITIAL_HEIGHT + 6);
  assert.deepEqual(exportGenesis(chain.state), { beacon: { base: BASE_EPOCH + 1n, params: parameters(chain.state) } });
});
