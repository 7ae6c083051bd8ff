// An executor with everything around it, for tests.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { decodeCbor } from "@wadi/codec";
import { SignatureVerifier, chainContext, hashOf, testSigner } from "@wadi/crypto";
import { RootType, Tree, addOutput, addTransaction, applyWriteLog, emptyRoot, openNodeDb, unpack } from "@wadi/mkvs";
import type { NodeDb, WriteLog, WriteLogEntries } from "@wadi/mkvs";
import type { ExecuteTxBatchResponse } from "@wadi/runtime-protocol";
import { silentLogger } from "@wadi/telemetry";
import { roothash, type Hash } from "@wadi/types";
import { must, utf8 } from "@wadi/util";

import { noPeers, type PeerNetwork } from "../peer-network.ts";
import { ScriptedRuntime } from "./scripted-runtime.ts";
import { testBlock, testRuntimeId, type TestBlockOptions } from "./test-block.ts";
import { TransactionPool, defaultPoolConfig } from "../txpool/transaction-pool.ts";
import { signProposal } from "../executor/commitments.ts";
import { ExecutorWorker } from "../executor/executor-worker.ts";
import type { SignedCommitments } from "../executor/signed-commitments.ts";

export const own = testSigner("the node");
export const peer = testSigner("a peer");
export const chain = chainContext("a chain");
export const verification = { runtimeId: testRuntimeId, chain, verifier: new SignatureVerifier() };

function entriesOf({ changes }: WriteLog): WriteLogEntries {
  return Array.from(changes, ([key, value]) => ({ key: unpack(key), value: value === null ? null : unpack(value) }));
}

/** What a sound runtime answers for these inputs on top of an empty state. */
export function executed(header: roothash.Header, inputs: readonly Uint8Array[]): ExecuteTxBatchResponse {
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
export const DEADLY = Buffer.from("deadly");

export const noError = { module: "", code: 0, message: "" };

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
export function setUp(
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
    submit: (_: unknown, { body }: { readonly body: Uint8Array | null }) => {
      submitted.push(...(decodeCbor(roothash.ExecutorCommit, must(body)).commits ?? []).filter((one) => one !== null));
      const error = refusal();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    },
  };
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
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (condition()) return;
    await turn();
  }
  assert.fail(`never: ${what}`);
}

export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

export const alone: TestBlockOptions = { workers: [own.publicKey] };

export function proposalOf(round: bigint, header: roothash.Header, inputs: readonly Uint8Array[]): roothash.Proposal {
  const { txHashes: batch, txInputRoot: batchHash } = executed(header, inputs);
  const by = { signer: peer, runtimeId: testRuntimeId, chain };
  return signProposal(by, { round, previousHash: roothash.headerHash(header), batchHash, batch });
}

/** The block before a round in which the peer schedules first. */
export function peerFirst(): ReturnType<typeof testBlock> {
  // rank = (round + index) mod 2: the other order of members puts the peer first in round 1.
  return testBlock(0n, { workers: [own.publicKey, peer.publicKey] });
}
