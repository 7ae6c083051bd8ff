import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { decodeCbor } from "@wadi/codec";
import { EMPTY_HASH, SignatureVerifier, chainContext, hashOf, testSigner } from "@wadi/crypto";
import { RootType, Tree, addOutput, addTransaction, applyWriteLog, emptyRoot, openNodeDb, unpack } from "@wadi/mkvs";
import type { NodeDb, WriteLog, WriteLogEntries } from "@wadi/mkvs";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { silentLogger } from "@wadi/telemetry";
import { roothash, scheduler, type Hash } from "@wadi/types";
import { WadiError, must, utf8 } from "@wadi/util";

import type { ConsensusPort } from "../consensus-port.ts";
import { noPeers, type PeerNetwork } from "../peer-network.ts";
import { ScriptedRuntime } from "../testing/scripted-runtime.ts";
import { testBlock, testRuntimeId, type TestBlockOptions } from "../testing/test-block.ts";
import { TransactionPool, defaultPoolConfig } from "../txpool/transaction-pool.ts";
import { signCommitment, signFailure, signProposal } from "./commitments.ts";
import { ExecutorWorker } from "./executor-worker.ts";
import {
  CommitmentFile,
  CommitmentsInMemory,
  type KeptCommitment,
  type SignedCommitments,
} from "./signed-commitments.ts";

const own = testSigner("the node");
const peer = testSigner("a peer");
const chain = chainContext("a chain");
const verification = { runtimeId: testRuntimeId, chain, verifier: new SignatureVerifier() };

function entriesOf({ changes }: WriteLog): WriteLogEntries {
  return Array.from(changes, ([key, value]) => ({ key: unpack(key), value: value === null ? null : unpack(value) }));
}

/** What a sound runtime answers for these inputs on top of an empty state. */
function executed(header: roothash.Header, inputs: readonly Uint8Array[]): ExecuteTxBatchResponse {
  const round = header.round + 1n;
  const io = Tree.empty(RootType.io);
  inputs.forEach((input, batchOrder) => addTransaction(io, { input, output: null, batchOrder }));
  const before = io.commit(testRuntimeId, round);
  for (const input of inputs) addOutput(io, hashOf(input), utf8("done"), []);
  const after = io.commit(testRuntimeId, round);
  const state = Tree.empty(RootType.state);
  for (const input of inputs) state.insert(input, utf8("value"));
  const written = state.commit(testRuntimeId, round);
  return {
    batch: {
      header: {
        round,
        previousHash: roothash.headerHash(header),
        ioRoot: after.hash as Hash,
        stateRoot: written.hash as Hash,
        messagesHash: roothash.messagesHash([]),
        inMsgsHash: roothash.incomingMessagesHash([]),
        inMsgsCount: 0,
      },
      ioWriteLog: entriesOf(after.writeLog),
      stateWriteLog: entriesOf(written.writeLog),
      rakSig: new Uint8Array(64),
      messages: [],
    },
    txHashes: inputs.map((input) => hashOf(input) as Hash),
    txRejectHashes: [],
    txInputRoot: before.hash as Hash,
    txInputWriteLog: entriesOf(before.writeLog),
  };
}

/** A transaction that no runtime survives. */
const DEADLY = Buffer.from("deadly");

const noError = { module: "", code: 0, message: "" };

/** A database whose disk takes nothing while it is full. */
function failing(database: NodeDb, isFull: () => boolean): NodeDb {
  return new Proxy(database, {
    get(target, name: keyof NodeDb) {
      const member: unknown = target[name];
      if (name === "sync" && isFull()) return () => Promise.reject(new Error("no space left on device"));
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

interface Surroundings {
  readonly isFull?: () => boolean;
  /** What consensus says to the next commitment; default: nothing. */
  readonly refusal?: () => Error | undefined;
  readonly signed?: SignedCommitments;
}

/** An executor with everything around it; `submitted` are its commitments. */
function setUp(
  t: TestContext,
  peers: Partial<PeerNetwork> = {},
  { isFull = () => false, refusal = () => undefined, signed }: Surroundings = {},
) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const database = openNodeDb({ namespace: testRuntimeId });
  const storage = failing(database, isFull);
  const genesis = emptyRoot(testRuntimeId, 0n, RootType.state);
  const io = emptyRoot(testRuntimeId, 0n, RootType.io);
  for (const root of [io, genesis]) {
    applyWriteLog(storage, {
      source: root,
      destination: root,
      writeLog: Tree.empty(root.type).commit(testRuntimeId, 0n, { noPersist: true }).writeLog,
    });
  }
  storage.finalize([io, genesis]);
  const modes: number[] = [];
  const runtime = new ScriptedRuntime((type, value) => {
    if (type === "RuntimeCheckTxBatchRequest") {
      const { inputs } = value as { readonly inputs: readonly Uint8Array[] };
      const meta = (raw: Uint8Array) => ({ priority: 0n, sender: raw, senderSeq: 0n, senderStateSeq: 0n });
      return Promise.resolve({ results: inputs.map((raw) => ({ error: noError, meta: meta(raw) })) });
    }
    const { block, inputs, mode } = value as {
      readonly block: roothash.Block;
      readonly inputs: readonly Uint8Array[];
      readonly mode: number;
    };
    modes.push(mode);
    if (inputs.some((input) => Buffer.from(input).equals(DEADLY))) return Promise.reject(new Error("it ended"));
    return Promise.resolve(executed(block.header, inputs));
  });
  const submitted: roothash.ExecutorCommitment[] = [];
  const proposals: roothash.Proposal[] = [];
  const backend = { latestHeight: 10, nextEpochHeight: undefined as number | undefined };
  const consensus = {
    backend,
    submit: (_: unknown, { body }: { readonly body: Uint8Array }) => {
      submitted.push(...(decodeCbor(roothash.ExecutorCommit, body).commits ?? []).filter((one) => one !== null));
      const error = refusal();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
  } as unknown as ConsensusPort;
  const pool = new TransactionPool(
    defaultPoolConfig,
    () => ({ runtime, context: testBlock(0n).request }),
    { accepted: () => worker.changed() },
    silentLogger,
  );
  const worker = new ExecutorWorker({
    consensus,
    runtime,
    pool,
    storage,
    peers: { ...noPeers, publishProposal: (_, { proposal }) => proposals.push(must(proposal)), ...peers },
    signer: own,
    runtimeId: testRuntimeId,
    chain,
    ...(signed && { signed }),
    log: silentLogger,
  });
  t.after(async () => {
    worker[Symbol.dispose]();
    pool[Symbol.dispose]();
    await worker.ended;
    await storage[Symbol.asyncDispose]();
  });
  return { worker, pool, runtime, submitted, proposals, modes, backend };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Waits for something that needs no timer. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (condition()) return;
    await turn();
  }
  assert.fail(`never: ${what}`);
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

const alone: TestBlockOptions = { workers: [own.publicKey] };

function proposalOf(round: bigint, header: roothash.Header, inputs: readonly Uint8Array[]): roothash.Proposal {
  const { txHashes: batch, txInputRoot: batchHash } = executed(header, inputs);
  const by = { signer: peer, runtimeId: testRuntimeId, chain };
  return signProposal(by, { round, previousHash: roothash.headerHash(header), batchHash, batch });
}

/** The block before a round in which the peer schedules first. */
function peerFirst(): ReturnType<typeof testBlock> {
  // rank = (round + index) mod 2: the other order of members puts the peer first in round 1.
  return testBlock(0n, { workers: [own.publicKey, peer.publicKey] });
}

test("a transaction is scheduled, proposed and committed to, with signatures that verify", async (t) => {
  const { modes, pool, proposals, submitted, worker } = setUp(t);
  worker.newBlock(testBlock(0n, alone));
  await settled();
  assert.deepEqual(modes, [], "there is nothing to schedule");
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "a commitment");
  const [commitment, proposal] = [must(submitted[0]), must(proposals[0])];
  assert.ok(roothash.verifyExecutorCommitment(commitment, verification));
  assert.ok(roothash.verifyProposal(proposal, verification));
  assert.deepEqual(proposal.batch, [hashOf(utf8("a"))]);
  assert.equal(commitment.header.schedulerId, own.publicKey);
  assert.deepEqual(modes, [1]);
  worker.changed();
  await settled();
  assert.equal(submitted.length, 1, "once a round");
  const { ioRoot } = commitment.header.header;
  worker.endRound(testBlock(1n, { header: { ioRoot: must(ioRoot) } }).block.header);
  assert.equal(pool.size, 0, "the block used it");
});

test("a block with another batch leaves the transactions in the pool", async (t) => {
  const { pool, submitted, worker } = setUp(t);
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "a commitment");
  worker.endRound(testBlock(1n).block.header);
  assert.equal(pool.size, 1);
});

test("a transaction that waits for another one makes no batch before the flush time-out", async (t) => {
  const { modes, pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  runtime.answer = (type, value, options) => {
    if (type !== "RuntimeCheckTxBatchRequest") return sound(type, value, options);
    const { inputs } = value as { readonly inputs: readonly Uint8Array[] };
    const meta = (raw: Uint8Array) => ({ priority: 0n, sender: utf8("a"), senderSeq: BigInt(raw[0] ?? 0) });
    return Promise.resolve({
      results: inputs.map((raw) => ({ error: noError, meta: { ...meta(raw), senderStateSeq: 0n } })),
    });
  };
  const block = testBlock(0n, { ...alone, flushTimeoutMs: 1000 });
  worker.newBlock(block);
  await pool.submit(Uint8Array.of(1));
  await settled();
  assert.deepEqual([pool.size, modes], [1, []]);
  t.mock.timers.tick(1000);
  await until(() => submitted.length === 1, "an empty batch");
  worker.newBlock(block);
  await settled();
  assert.equal(modes.length, 1, "nor after a block");
  await pool.submit(Uint8Array.of(0));
  await until(() => modes.length === 2, "the other one unlocks it");
  assert.deepEqual(
    pool.schedule(100).map(([sequence]) => sequence),
    [0, 1],
  );
});

test("what the runtime leaves where it is it is offered again with the flush time-out, or with something new", async (t) => {
  const { modes, pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  const offered: number[] = [];
  runtime.answer = (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    const request = value as { readonly inputs: readonly Uint8Array[] };
    offered.push(request.inputs.length);
    return sound(type, { ...request, inputs: [] }, options);
  };
  const block = testBlock(0n, { ...alone, flushTimeoutMs: 1000 });
  worker.newBlock(block);
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "an empty batch");
  for (let i = 0; i < 3; i++) {
    worker.newBlock(block);
    await settled();
  }
  assert.equal(modes.length, 1);
  t.mock.timers.tick(1000);
  await until(() => modes.length === 2, "the flush time-out");
  worker.newBlock(block);
  await pool.submit(utf8("b"));
  await until(() => modes.length === 3, "something new");
  assert.deepEqual(offered, [1, 1, 2]);
});

test("the flush time-out makes an empty batch; not right before an epoch, not without a runtime", async (t) => {
  const { backend, runtime, submitted, worker } = setUp(t);
  const block = testBlock(0n, { ...alone, flushTimeoutMs: 1000 });
  for (const hinder of [() => (backend.nextEpochHeight = 11), () => (runtime.isUp = false)]) {
    hinder();
    worker.newBlock(block);
    t.mock.timers.tick(1000);
    await settled();
    assert.equal(submitted.length, 0);
    [backend.nextEpochHeight, runtime.isUp] = [undefined, true];
  }
  worker.changed();
  await until(() => submitted.length === 1, "a commitment");
});

test("nobody's committee, nothing to do", async (t) => {
  const { modes, pool, worker } = setUp(t);
  for (const options of [{}, { workers: [peer.publicKey] }]) {
    worker.newBlock(testBlock(0n, options));
    assert.equal(worker.addProposal(proposalOf(1n, testBlock(0n).block.header, [])), "no committee");
  }
  await pool.submit(utf8("a"));
  await settled();
  assert.deepEqual(modes, []);
});

test("a peer's proposal is executed once its transactions are there", async (t) => {
  const fetched: string[] = [];
  const { modes, submitted, worker, pool } = setUp(t, {
    fetchTransactions: (_, hashes) => {
      fetched.push(...hashes);
      return Promise.resolve([utf8("not asked for"), utf8("a")]);
    },
  });
  const block = peerFirst();
  worker.newBlock(block);
  assert.equal(worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")])), undefined);
  await until(() => submitted.length === 1, "a commitment");
  assert.deepEqual([fetched, modes], [[hashOf(utf8("a"))], [0]]);
  const commitment = must(submitted[0]);
  assert.equal(commitment.header.schedulerId, peer.publicKey);
  assert.ok(roothash.verifyExecutorCommitment(commitment, verification));
  assert.equal(worker.addProposal(proposalOf(1n, block.block.header, [])), "proposal already exists");
  assert.ok(pool.all().every((raw) => Buffer.from(raw).toString() !== "not asked for"));
});

test("peers are asked again for transactions until they have them", async (t) => {
  let asked = 0;
  const { submitted, worker } = setUp(t, {
    fetchTransactions: () => {
      asked++;
      if (asked === 1) return Promise.reject(new Error("nobody answers"));
      return Promise.resolve(asked < 4 ? [] : [utf8("a")]);
    },
  });
  const block = peerFirst();
  worker.newBlock(block);
  worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")]));
  for (let i = 0; i < 20 && submitted.length === 0; i++) {
    await settled();
    // Short of the proposer's time-out.
    t.mock.timers.tick(500);
  }
  assert.deepEqual([asked, submitted.length], [4, 1]);
});

test("a proposal with a wrong root is rejected without a commitment, one on another block is left alone", async (t) => {
  const { modes, pool, submitted, worker } = setUp(t);
  await pool.submit(utf8("a"));
  const block = peerFirst();
  worker.newBlock(block);
  const sound = proposalOf(1n, block.block.header, [utf8("a")]);
  worker.addProposal({ ...sound, header: { ...sound.header, batchHash: "ab".repeat(32) as Hash } });
  await settled();
  t.mock.timers.tick(250);
  await settled();
  assert.deepEqual([submitted.length, modes], [0, []]);
  const next = testBlock(0n, { workers: [own.publicKey, peer.publicKey], header: { timestamp: 1n } });
  worker.newBlock(next);
  worker.addProposal(proposalOf(1n, testBlock(5n).block.header, []));
  await settled();
  assert.deepEqual(modes, []);
});

test("a batch that is too large is committed to as a failure", async (t) => {
  const { submitted, worker } = setUp(t);
  const block = peerFirst();
  worker.newBlock(block);
  const inputs = Array.from({ length: 101 }, (_, i) => utf8(`transaction ${i}`));
  worker.addProposal(proposalOf(1n, block.block.header, inputs));
  await until(() => submitted.length === 1, "a commitment");
  const { header } = must(submitted[0]);
  assert.equal(header.failure, roothash.executorCommitmentFailures.unknown);
  assert.equal(header.header.ioRoot, null);
});

test("when the first scheduler's time is over the node proposes", async (t) => {
  const { pool, proposals, submitted, worker } = setUp(t);
  await pool.submit(utf8("a"));
  worker.newBlock(testBlock(0n, { workers: [own.publicKey, peer.publicKey], proposerTimeoutMs: 2000 }));
  await settled();
  assert.equal(proposals.length, 0);
  t.mock.timers.tick(2000);
  await until(() => submitted.length === 1, "a commitment");
  assert.equal(proposals.length, 1);
});

test("a runtime that fails is asked again after a while; contradictions in its answer are not committed to", async (t) => {
  const { pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  let calls = 0;
  runtime.answer = async (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    calls++;
    if (calls === 1) throw new Error("the runtime is gone");
    const response = (await sound(type, value, options)) as ExecuteTxBatchResponse;
    if (calls > 2) return response;
    const header = { ...response.batch.header, stateRoot: "ab".repeat(32) as Hash };
    return { ...response, batch: { ...response.batch, header } };
  };
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  for (let i = 0; i < 10 && submitted.length === 0; i++) {
    await settled();
    t.mock.timers.tick(250);
  }
  assert.deepEqual([calls, submitted.length], [3, 1]);
});

test("a backup worker executes when the commitments on their way to a block contradict each other", async (t) => {
  const { modes, pool, worker } = setUp(t);
  const third = testSigner("a third one");
  const block = testBlock(0n, { workers: [third.publicKey, peer.publicKey] });
  const committee = must(block.state.committee);
  const backups = [{ role: scheduler.committeeRoles.backupWorker, publicKey: own.publicKey }];
  const state = { ...block.state, committee: { ...committee, members: [...must(committee.members), ...backups] } };
  await pool.submit(utf8("a"));
  worker.newBlock({ ...block, state });
  worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")]));
  const by = (signer: typeof peer) => ({ signer, runtimeId: testRuntimeId, chain });
  const response = executed(block.block.header, [utf8("a")]);
  worker.commitmentObserved(signCommitment(by(peer), peer.publicKey, response));
  await settled();
  assert.deepEqual(modes, [], "they agree so far");
  const previousHash = roothash.headerHash(block.block.header);
  worker.commitmentObserved(signFailure(by(third), peer.publicKey, 1n, previousHash));
  await until(() => modes.length === 1, "the batch is executed");
});

test("a new block makes the work void; the runtime's call runs to its end before the next", async (t) => {
  const { pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  runtime.answer = async (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    most = Math.max(most, ++running);
    await gate.promise;
    running--;
    return sound(type, value, options);
  };
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  await until(() => running === 1, "the runtime is asked");
  worker.newBlock(testBlock(0n, { ...alone, header: { timestamp: 1n } }));
  await settled();
  assert.equal(running, 1);
  gate.resolve();
  await until(() => submitted.length === 1, "a commitment");
  await settled();
  assert.deepEqual([most, submitted.length, runtime.aborts], [1, 1, 0]);
  const expected = roothash.headerHash(testBlock(0n, { header: { timestamp: 1n } }).block.header);
  assert.equal(must(submitted[0]).header.header.previousHash, expected, "of the newer block");
});

test("a transaction that the runtime does not survive is refused, and others go on", async (t) => {
  const { modes, pool, submitted, worker } = setUp(t);
  await pool.submit(DEADLY);
  worker.newBlock(testBlock(0n, alone));
  const goOn = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; !condition(); i++) {
      assert.ok(i < 10, "it goes on");
      await settled();
      t.mock.timers.tick(250);
    }
  };
  await goOn(() => submitted.length === 1);
  assert.deepEqual([modes.length, pool.size], [3, 1], "with whatever there was, alone, and a batch of nothing");
  worker.newBlock(testBlock(0n, { ...alone, header: { timestamp: 1n } }));
  await goOn(() => pool.size === 0);
  assert.equal(modes.length, 4, "alone again");
  assert.equal(worker.givesMore, false, "batches stay small for a while");
  await pool.submit(utf8("b"));
  t.mock.timers.tick(250);
  await until(() => submitted.length === 2, "a commitment");
});

test("a runtime that fails at everything costs no transaction", async (t) => {
  const { pool, runtime, submitted, worker } = setUp(t);
  const { answer: sound } = runtime;
  let isBroken = true;
  const offered: number[] = [];
  runtime.answer = (type, value, options) => {
    if (type !== "RuntimeExecuteTxBatchRequest") return sound(type, value, options);
    offered.push((value as { readonly inputs: readonly Uint8Array[] }).inputs.length);
    if (!isBroken) return sound(type, value, options);
    return Promise.reject(new Error("not today"));
  };
  await pool.submit(utf8("a"));
  worker.newBlock(testBlock(0n, alone));
  for (let i = 0; i < 20; i++) {
    await settled();
    t.mock.timers.tick(250);
  }
  assert.deepEqual([offered.slice(0, 4), pool.size], [[1, 1, 0, 0], 1]);
  isBroken = false;
  t.mock.timers.tick(250);
  await until(() => submitted.length === 1, "an empty batch");
  worker.newBlock(testBlock(0n, { ...alone, header: { timestamp: 1n } }));
  await until(() => submitted.length === 2, "a commitment");
  assert.deepEqual(offered.slice(-2), [0, 1]);
});

test("what cannot be stored is committed to as a failure, unless the node scheduled it", async (t) => {
  let isFull = true;
  const { pool, proposals, submitted, worker } = setUp(t, {}, { isFull: () => isFull });
  const block = peerFirst();
  await pool.submit(utf8("a"));
  worker.newBlock(block);
  worker.addProposal(proposalOf(1n, block.block.header, [utf8("a")]));
  await until(() => submitted.length === 1, "a commitment");
  const { header } = must(submitted[0]);
  assert.equal(header.schedulerId, peer.publicKey);
  assert.equal(header.failure, roothash.executorCommitmentFailures.unknown);
  assert.deepEqual([header.header.stateRoot, submitted[0]?.messages], [null, []]);

  worker.newBlock(testBlock(0n, alone));
  await settled();
  assert.deepEqual([submitted.length, proposals.length], [1, 0], "a scheduler says nothing, to nobody");
  isFull = false;
  // Another batch than that of the first attempt.
  await pool.submit(utf8("b"));
  t.mock.timers.tick(1000);
  await until(() => submitted.length === 2, "a commitment after there is room");
  assert.equal(submitted[1]?.header.failure, roothash.executorCommitmentFailures.none);
  assert.equal(proposals.length, 1, "two different ones would be an offence");
});

test("after a restart the commitment of the round is sent again, and never another one", async (t) => {
  const signed = new CommitmentsInMemory();
  const { pool, proposals, submitted, worker } = setUp(t, {}, { signed });
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  await until(() => submitted.length === 1, "a commitment");
  // The same round anew, with other transactions.
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("b"));
  await until(() => submitted.length === 2, "the commitment again");
  assert.deepEqual(submitted[1], submitted[0]);
  assert.equal(proposals.length, 2);
  assert.deepEqual(proposals[1], proposals[0]);
});

test("a commitment that does not get through is sent again as it is; what roothash refuses is not", async (t) => {
  let error: Error | undefined = new Error("the mempool is full");
  const { modes, pool, submitted, worker } = setUp(t, {}, { refusal: () => error });
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("a"));
  for (let i = 0; submitted.length < 3; i++) {
    assert.ok(i < 10);
    await settled();
    t.mock.timers.tick(250);
  }
  error = new WadiError(roothash.ErrCommitmentAlreadyCommitted);
  for (let i = 0; i < 5; i++) {
    await settled();
    t.mock.timers.tick(250);
  }
  assert.equal(submitted.length, 4);
  assert.deepEqual(modes, [1], "executed once");
  assert.ok(
    submitted.every((one) => one === submitted[0] || one.sig.every((byte, i) => byte === submitted[0]?.sig[i])),
  );
});

test("where the batch of a commitment is lost nothing else is committed to", async (t) => {
  const signed = new CommitmentsInMemory();
  const zero = roothash.ExecutorCommitment.zero();
  const lost = { ...zero.header.header, round: 1n, ioRoot: hashOf(utf8("io")) as Hash, stateRoot: EMPTY_HASH as Hash };
  signed.keep({
    commitment: { ...zero, header: { ...zero.header, schedulerId: own.publicKey, header: lost } },
    hashes: [],
    proposal: null,
  });
  const { pool, modes, submitted, worker } = setUp(t, {}, { signed });
  worker.newBlock(testBlock(0n, alone));
  await pool.submit(utf8("c"));
  await until(() => modes.length > 0, "a batch");
  await settled();
  assert.deepEqual(submitted, []);
});

test("commitments are found in their file, those of the last round", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wadi-commitments-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "commitments.cbor");
  const kept = (round: bigint, schedulerId = own.publicKey): KeptCommitment => {
    const zero = roothash.ExecutorCommitment.zero();
    const header = { ...zero.header, schedulerId, header: { ...zero.header.header, round } };
    const proposal = schedulerId === own.publicKey ? roothash.Proposal.zero() : null;
    return { commitment: { ...zero, header }, hashes: [hashOf(utf8(`${round}`)) as Hash], proposal };
  };
  const file = new CommitmentFile(path);
  assert.equal(file.find(0n, own.publicKey), undefined);
  for (const one of [kept(4n), kept(5n), kept(5n, peer.publicKey)]) file.keep(one);
  const again = new CommitmentFile(path);
  assert.deepEqual(again.find(5n, own.publicKey), kept(5n));
  assert.deepEqual(again.find(5n, peer.publicKey), kept(5n, peer.publicKey));
  assert.equal(again.find(4n, own.publicKey), undefined);
  writeFileSync(path, "damaged");
  assert.equal(new CommitmentFile(path).find(5n, own.publicKey), undefined);
});

test("an executor that is disposed of begins no round any more", async (t) => {
  const { modes, pool, worker } = setUp(t);
  await pool.submit(utf8("a"));
  worker[Symbol.dispose]();
  worker.newBlock(testBlock(0n, alone));
  t.mock.timers.tick(120_000);
  await settled();
  assert.deepEqual(modes, []);
});
