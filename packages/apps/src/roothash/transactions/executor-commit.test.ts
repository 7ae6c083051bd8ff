import assert from "node:assert/strict";
import { test } from "node:test";
import { create, encodeCbor } from "@wadi/codec";
import { bindContext, EMPTY_HASH, signatureContexts } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { events, node, registry, roothash, signature, type PublicKey } from "@wadi/types";
import { isError, type ErrorKind } from "@wadi/util";

import type { Context, ContextMode } from "../../framework/context.ts";
import { limitedGas } from "../../framework/gas.ts";
import { MessageBus, subscribe } from "../../framework/messages.ts";
import { messages as kinds } from "../../message-kinds.ts";
import { setNode } from "../../registry/state.ts";
import { testContext } from "../../testing/context.ts";
import { NO_RANK } from "../pool.ts";
import { roundTimeouts, runtimeState, setRuntimeState, type RunningRuntime, type RuntimeState } from "../state.ts";
import {
  commitmentFor,
  committeeOf,
  runningOf,
  runtimeId,
  runtimeOf,
  signCommitmentHeader,
  signers,
  storeParameters,
  type TestSigner,
} from "../testing/round.ts";
import { executorCommit, runtimesToFinalize } from "./executor-commit.ts";

const id = runtimeId(1);
const GAS = 7n;
// Round 4 among two workers: it is the first one's turn.
const [first, second, backup, stranger] = signers("first", "second", "backup", "stranger") as [
  TestSigner,
  TestSigner,
  TestSigner,
  TestSigner,
];
const committee = committeeOf([first, second], [backup]);

interface Setup {
  readonly running: RunningRuntime;
  context(mode?: ContextMode): Context;
}

/** Commitments are made for `running`; what is stored may be something else. */
function setup(
  running = runningOf(runtimeOf(id), committee),
  bus = new MessageBus(),
  stored: RuntimeState = running,
): Setup {
  const tree = Tree.empty(RootType.state);
  const begin = testContext({ mode: "init-chain", tree });
  storeParameters(begin, { gasCosts: new Map([["compute_commit", GAS]]) });
  setRuntimeState(begin.state, stored);
  return {
    running,
    context(mode = "deliver") {
      const ctx = testContext({ mode, tree, environment: { bus } });
      ctx.setSigner(first.publicKey);
      ctx.setGas(limitedGas(1000n));
      return ctx;
    },
  };
}

type Parts = Parameters<typeof commitmentFor>[1];

const agreed: Parts = { by: first, scheduler: first, result: "a" };

function commit({ context, running }: Setup, ...parts: readonly Parts[]): Context {
  const ctx = context();
  executorCommit(ctx, { id, commits: parts.map((part) => commitmentFor(running, part)) }, undefined);
  return ctx;
}

function requireRefused(run: () => unknown, kind: ErrorKind, what: string): void {
  assert.throws(run, (e) => isError(e, kind), what);
}

test("a commitment is stored, told, and marks its runtime; the first proposal starts the clock", () => {
  const world = setup();
  const ctx = commit(world, agreed);
  const state = runtimeState(ctx.state, id);
  assert.equal(state.commitmentPool?.highestRank, 0n);
  assert.equal(state.timeout, 111n);
  assert.deepEqual(roundTimeouts(ctx.state), [{ height: 111n, runtimeId: id }]);
  assert.deepEqual(runtimesToFinalize(ctx), [id]);
  assert.equal(ctx.gas.used, GAS);
  assert.deepEqual(
    ctx.events.map((event) => event.map(({ kind }) => kind.kind)),
    [["executor_commit", "runtime_id"]],
  );
  commit(world, { ...agreed, by: second });
  assert.deepEqual(roundTimeouts(ctx.state).length, 1, "a vote does not move the timeout");
});

test("a vote before any proposal waits without a timeout", () => {
  const world = setup();
  const ctx = commit(world, { by: second, scheduler: first, result: "a" });
  const state = runtimeState(ctx.state, id);
  assert.equal(state.commitmentPool?.highestRank, NO_RANK);
  assert.equal(state.timeout, 0n);
});

test("one bad commitment refuses all of the transaction", () => {
  const world = setup();
  requireRefused(
    () => commit(world, agreed, { ...agreed, by: stranger }),
    roothash.ErrCommitmentNotInCommittee,
    "outsider",
  );
  const { state } = world.context();
  assert.equal(runtimeState(state, id).commitmentPool?.schedulerCommitments.size, 0);
});

test("nothing to commit costs gas and is no error, even for an unknown runtime", () => {
  const { context } = setup();
  const ctx = context();
  executorCommit(ctx, { id: runtimeId(2), commits: null }, undefined);
  assert.equal(ctx.gas.used, GAS);
  requireRefused(
    () => executorCommit(ctx, { id: runtimeId(2), commits: [roothash.ExecutorCommitment.zero()] }, undefined),
    roothash.ErrInvalidRuntime,
    "unknown runtime",
  );
});

test("the mempool shows every commitment to who wants to see it and judges none", () => {
  const { context, running } = setup();
  const seen: PublicKey[] = [];
  const commits = [commitmentFor(running, { ...agreed, by: stranger }), roothash.ExecutorCommitment.zero()];
  executorCommit(context("check"), { id, commits }, (_, { nodeId }) => seen.push(nodeId));
  assert.deepEqual(
    seen,
    commits.map(({ nodeId }) => nodeId),
  );
});

test("simulation verifies and charges, but stores nothing", () => {
  const { context, running } = setup();
  const ctx = context("simulate");
  executorCommit(ctx, { id, commits: [commitmentFor(running, agreed)] }, undefined);
  assert.equal(runtimeState(ctx.state, id).commitmentPool?.schedulerCommitments.size, 0);
  assert.equal(ctx.gas.used, GAS);
  const forged = { ...commitmentFor(running, agreed), nodeId: second.publicKey };
  assert.throws(() => executorCommit(ctx, { id, commits: [forged] }, undefined), { code: 1, module: "unknown" });
});

test("what a commitment has to be", () => {
  const world = setup();
  const message = create(roothash.Message, { staking: create(roothash.StakingMessage, {}) });
  const cases: readonly [what: string, parts: Parts, kind: ErrorKind][] = [
    ["wrong round", { ...agreed, header: { round: 5n } }, roothash.ErrCommitmentNotBasedOnCorrectBlock],
    ["wrong parent", { ...agreed, header: { previousHash: EMPTY_HASH } }, roothash.ErrCommitmentNotBasedOnCorrectBlock],
    ["missing root", { ...agreed, header: { ioRoot: null } }, roothash.ErrCommitmentBadExecutorCommitment],
    ["message without content", { ...agreed, messages: [message] }, roothash.ErrCommitmentBadExecutorCommitment],
    ["failing scheduler", { ...agreed, result: undefined }, roothash.ErrCommitmentBadExecutorCommitment],
    [
      "messages missing",
      { ...agreed, header: { messagesHash: world.running.runtime.genesis.stateRoot } },
      roothash.ErrCommitmentInvalidMessages,
    ],
  ];
  for (const [what, parts, kind] of cases) requireRefused(() => commit(world, parts), kind, what);
});

test("messages: as many as allowed, only from the scheduler, and their gas counts even if they fail", () => {
  const transfer = create(roothash.Message, {
    staking: create(roothash.StakingMessage, { transfer: { to: runtimeAddressOf(), amount: 1n } }),
  });
  const bus = new MessageBus();
  bus.add(
    subscribe(kinds.runtimeStaking, (ctx) => {
      assert(ctx.isSimulation);
      ctx.useGas(1, "op", new Map([["op", 600n]]));
      return undefined;
    }),
  );
  const world = setup(runningOf(runtimeOf(id), committee), bus);
  const ctx = commit(world, { ...agreed, messages: [transfer, transfer] });
  assert.equal(ctx.gas.used, GAS + 600n, "the second message is out of gas, which does not matter");
  const many = Array.from({ length: 9 }, () => transfer);
  requireRefused(
    () => commit(setup(), { ...agreed, messages: many }),
    roothash.ErrCommitmentInvalidMessages,
    "too many",
  );
  const voted = commitmentFor(world.running, { ...agreed, by: second, messages: [transfer] });
  requireRefused(
    () => executorCommit(world.context(), { id, commits: [{ ...voted, messages: [transfer] }] }, undefined),
    roothash.ErrCommitmentInvalidMessages,
    "from a worker",
  );
});

function runtimeAddressOf(): roothash.IncomingMessage["caller"] {
  return roothash.IncomingMessage.zero().caller;
}

test("a runtime that cannot process rounds says why", () => {
  const running = runningOf(runtimeOf(id), committee);
  const cases: readonly [RuntimeState, ErrorKind][] = [
    [{ ...running, suspended: true }, roothash.ErrRuntimeSuspended],
    [{ ...running, committee: null }, roothash.ErrNoCommittee],
    [{ ...running, commitmentPool: null }, roothash.ErrNoExecutorPool],
  ];
  for (const [broken, kind] of cases)
    requireRefused(() => commit(setup(running, new MessageBus(), broken), agreed), kind, kind.text);
});

test("with a TEE the enclave of the version in force must have signed the results", () => {
  const [rak] = signers("enclave") as [TestSigner];
  const version = { major: 1, minor: 0, patch: 0 };
  const runtime = runtimeOf(id, { teeHardware: node.teeHardware.intelSGX });
  const deployment = create(registry.VersionInfo, { version, validFrom: 0n });
  const deployed = runningOf({ ...runtime, deployments: [deployment] }, committee);
  const attested = (by: TestSigner): roothash.ExecutorCommitment => {
    const plain = commitmentFor(deployed, agreed);
    const results = encodeCbor(roothash.ComputeResultsHeader, plain.header.header);
    const rakSig = by.sign(bindContext(signatureContexts.computeResultsHeader), results);
    return resign({ ...plain, header: { ...plain.header, rakSig } }, first);
  };
  const run = (world: Setup, entry: node.Runtime | undefined, commitment: roothash.ExecutorCommitment): void => {
    const ctx = world.context();
    if (entry !== undefined) register(ctx, first.publicKey, entry);
    executorCommit(ctx, { id, commits: [commitment] }, undefined);
  };
  const tee = create(node.CapabilityTEE, { hardware: node.teeHardware.intelSGX, rak: rak.publicKey });
  const entry = create(node.Runtime, { id, version, capabilities: { tee } });
  const { ErrCommitmentNotInCommittee, ErrCommitmentNoRuntime, ErrCommitmentRakSigInvalid } = roothash;
  run(setup(deployed), entry, attested(rak));
  requireRefused(() => run(setup(deployed), undefined, attested(rak)), ErrCommitmentNotInCommittee, "no descriptor");
  requireRefused(
    () => run(setup(deployed), { ...entry, version: { ...version, minor: 1 } }, attested(rak)),
    ErrCommitmentNotInCommittee,
    "another version",
  );
  requireRefused(
    () => run(setup(runningOf(runtime, committee)), entry, attested(rak)),
    ErrCommitmentNoRuntime,
    "no deployment",
  );
  requireRefused(
    () => run(setup(deployed), { ...entry, capabilities: { tee: null } }, attested(rak)),
    ErrCommitmentRakSigInvalid,
    "no TEE",
  );
  requireRefused(() => run(setup(deployed), entry, attested(first)), ErrCommitmentRakSigInvalid, "another enclave");
  requireRefused(
    () => run(setup(deployed), entry, commitmentFor(deployed, agreed)),
    ErrCommitmentRakSigInvalid,
    "no signature",
  );
});

function resign(commitment: roothash.ExecutorCommitment, by: TestSigner): roothash.ExecutorCommitment {
  return { ...commitment, sig: signCommitmentHeader(id, commitment.header, by) };
}

function register(ctx: Context, nodeId: PublicKey, entry: node.Runtime): void {
  const descriptor: node.Node = { ...node.NodeV3.zero(), v: 3, id: nodeId, runtimes: [entry] };
  const envelope = create(signature.MultiSigned, { untrustedRawValue: encodeCbor(node.Node, descriptor) });
  setNode(ctx.state, undefined, descriptor, envelope);
}

test("events carry the commitment as it came", () => {
  const world = setup();
  const ctx = commit(world, agreed);
  const [event] = ctx.events;
  assert.deepEqual(event?.[0].value, { commit: commitmentFor(world.running, agreed) });
  assert.equal(event?.[1]?.kind, events.eventKinds.roothashRuntimeId);
});
