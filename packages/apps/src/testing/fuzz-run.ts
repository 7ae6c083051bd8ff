// Random blocks on a recorded state, and what must hold of them whatever is in them.
import assert from "node:assert/strict";
import { decodeCbor, encodeCbor } from "@wadi/codec";
import { addressOfKey } from "@wadi/comet-types";
import type { Tree } from "@wadi/mkvs";
import { Prng } from "@wadi/testing";
import { signature, transaction } from "@wadi/types";
import { isError, must } from "@wadi/util";

import { epoch } from "../beacon/state.ts";
import type { CheckResult } from "../framework/check.ts";
import { isRefusal } from "../framework/errors.ts";
import type { BlockInput, ExecutedBlock } from "../framework/executed-block.ts";
import type { StateMachine } from "../framework/state-machine.ts";
import type { ReplayBlock } from "../replay/recorded-block.ts";
import { replayBlocks } from "../replay/replay.ts";
import { VALIDATORS, machineFrom, type FuzzSeed } from "./fuzz-network.ts";
import { FuzzTransactions } from "./fuzz-transactions.ts";
import { assertStakingInvariants } from "./staking-invariants.ts";
import { nodeSigner } from "./validators.ts";

export interface FuzzOptions {
  /** Everything follows from it. */
  readonly random: number;
  readonly blocks: number;
  /** At most so many in a block. */
  readonly transactions: number;
}

/** Executed transactions by method; those that do not decode have none. */
export type FuzzCounts = Map<string, { accepted: number; refused: number }>;

const proposer = nodeSigner(must(VALIDATORS[0]), "consensus");

/** Runs random blocks, then replays them; throws AssertionError where something does not hold. */
export function fuzzBlocks(seed: FuzzSeed, { random, blocks, transactions }: FuzzOptions): FuzzCounts {
  const prng = new Prng(random);
  const machine = machineFrom(seed);
  const counts: FuzzCounts = new Map();
  const produced: ReplayBlock[] = [];
  for (let i = 0; i < blocks; i++) {
    const checked = checkedTransactions(prng, seed, machine, prng.below(transactions + 1));
    const estimated = estimateFirst(machine, checked);
    const epochBefore = epoch(machine.stateAt(0)).epoch;
    const input = propose(prng, seed, machine, [...checked.keys()]);
    const executed = machine.execute(input);
    const again = machine.execute({ ...input, hash: `${input.hash}, again` });
    assert.equal(again.stateRoot, executed.stateRoot, "a block executed twice");
    assert.equal(machine.commit().appHash, executed.stateRoot);

    const state = machine.stateAt(0);
    assertStakingInvariants(state);
    compareResults(executed, input, checked);
    if (epoch(state).epoch === epochBefore) compareGas(executed, input, estimated);
    count(counts, executed, input);
    produced.push({ input, expected: { stateRoot: executed.stateRoot } });
  }
  const { difference, blocks: replayed } = replayBlocks(machineFrom(seed), produced);
  assert.equal(difference, undefined);
  assert.equal(replayed, produced.length);
  return counts;
}

function rootOf(machine: StateMachine): string {
  return (machine.committedTree() as Tree).hash();
}

/** Transactions with what CheckTx says about them. */
function checkedTransactions(
  prng: Prng,
  seed: FuzzSeed,
  machine: StateMachine,
  size: number,
): Map<Uint8Array, CheckResult> {
  const source = new FuzzTransactions(prng, seed, machine.stateAt(0));
  const checked = new Map<Uint8Array, CheckResult>();
  const before = rootOf(machine);
  for (let i = 0; i < size; i++) {
    const { raw, sender, follows = false } = source.next();
    const result = machine.checkTransaction(raw);
    if (isSystem(raw)) {
      // A block that carries another's metadata fails; the mempool keeps it out.
      assert.notEqual(result.code, 0, "system transaction");
      continue;
    }
    checked.set(raw, result);
    // What CheckTx refuses leaves the nonce as it was, but counts where it is executed after authentication.
    const counts = result.code === 0 || result.gasWanted > 0n || isError(result.error, transaction.ErrInvalidNonce);
    if (counts && follows && sender !== undefined) source.counted(sender);
    if (result.code !== 0) assert.ok(isRefusal(result.error), String(result.error));
  }
  assert.equal(rootOf(machine), before, "CheckTx changed the committed state");
  assert.equal(before, machine.lastRoot);
  return checked;
}

interface Opened {
  readonly signed: transaction.SignedTransaction;
  readonly tx: transaction.Transaction;
}

function open(raw: Uint8Array): Opened | undefined {
  try {
    const signed = decodeCbor(transaction.SignedTransaction, raw);
    return { signed, tx: signature.decodeBlob(transaction.Transaction, signed) };
  } catch {
    return undefined;
  }
}

function isSystem(raw: Uint8Array): boolean {
  return open(raw)?.tx.method === transaction.methods.consensusMeta.name;
}

/** The gas that simulation says the first transaction needs. */
function estimateFirst(machine: StateMachine, checked: ReadonlyMap<Uint8Array, CheckResult>): bigint | undefined {
  const [first] = checked.keys();
  const opened = first === undefined ? undefined : open(first);
  if (opened === undefined) return undefined;
  const before = rootOf(machine);
  try {
    return machine.estimateGas(opened.signed.signature.publicKey, opened.tx);
  } catch (e) {
    assert.ok(isRefusal(e), String(e));
    return undefined;
  } finally {
    assert.equal(rootOf(machine), before, "a simulation changed the committed state");
  }
}

function propose(prng: Prng, seed: FuzzSeed, machine: StateMachine, txs: readonly Uint8Array[]): BlockInput {
  const height = machine.lastHeight + 1;
  const after = BigInt(height - seed.last.height);
  const isGuilty = prng.below(15) === 0;
  const validatorAddress = addressOfKey(nodeSigner(must(VALIDATORS[1]), "consensus").publicKey);
  const input: BlockInput = {
    height,
    hash: "",
    time: { seconds: seed.last.time.seconds + after, nanos: prng.below(1_000_000_000) },
    proposerAddress: addressOfKey(proposer.publicKey),
    lastCommit: seed.votes.map((vote) => ({ ...vote, signed: prng.below(8) !== 0 })),
    misbehavior: isGuilty ? [{ type: "duplicate-vote", validatorAddress, height: height - 1 }] : [],
    txs,
  };
  const proposed = machine.prepareProposal(input, 10_000_000, proposer);
  // An empty answer means a failed block: executing it says why.
  if (proposed.length === 0) machine.execute(input);
  const block = { ...input, txs: proposed, hash: `block ${height}` };
  const verdict = machine.processProposal({ ...block, hash: `proposal ${height}` });
  assert.ok(verdict.accepted, String(verdict.reason));
  return block;
}

/** What is wrong with a transaction itself is wrong wherever it is looked at. */
function compareResults(
  { transactions }: ExecutedBlock,
  { txs }: BlockInput,
  checked: ReadonlyMap<Uint8Array, CheckResult>,
): void {
  for (const [i, raw] of txs.entries()) {
    const { code, codespace, gasUsed, error } = must(transactions[i]);
    if (code !== 0) assert.ok(isRefusal(error), String(error));
    const check = checked.get(raw);
    const isMalformed = check !== undefined && check.code !== 0 && open(raw) === undefined;
    if (isMalformed) assert.deepEqual({ code, codespace, gasUsed }, pick(check), "CheckTx and DeliverTx");
  }
}

function pick({ code, codespace, gasUsed }: CheckResult): Pick<CheckResult, "code" | "codespace" | "gasUsed"> {
  return { code, codespace, gasUsed };
}

/** Where the first transaction succeeds, simulation knew its gas, but for the size of the fee it assumes. */
function compareGas({ transactions }: ExecutedBlock, { txs }: BlockInput, estimated: bigint | undefined): void {
  const [raw, result] = [txs[0], transactions[0]];
  const opened = raw === undefined ? undefined : open(raw);
  if (raw === undefined || opened === undefined || result?.code !== 0 || estimated === undefined) return;
  if (opened.tx.method === transaction.methods.consensusMeta.name) return;
  const max = (1n << 64n) - 1n;
  const priced = { ...opened.tx, fee: { amount: max, gas: max } };
  const padding = BigInt(sizeOf(priced) - raw.length);
  assert.equal(result.gasUsed + padding, estimated, `gas of ${opened.tx.method}`);
}

/** Size of the signed form. */
function sizeOf(tx: transaction.Transaction): number {
  const untrustedRawValue = encodeCbor(transaction.Transaction, tx);
  const envelope = { ...transaction.SignedTransaction.zero(), untrustedRawValue };
  return encodeCbor(transaction.SignedTransaction, envelope).length;
}

function count(counts: FuzzCounts, { transactions }: ExecutedBlock, { txs }: BlockInput): void {
  for (const [i, raw] of txs.entries()) {
    const method = open(raw)?.tx.method;
    const known = method !== undefined && transaction.lookupMethod(method) !== undefined ? method : "malformed";
    const tally = counts.get(known) ?? { accepted: 0, refused: 0 };
    if (transactions[i]?.code === 0) tally.accepted++;
    else tally.refused++;
    counts.set(known, tally);
  }
}
