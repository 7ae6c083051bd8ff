// Replays a recorded chain as the engine sees it: blocks, sets, commits and results. What the
// applications did is taken from the recorded responses (validator updates, results) and from the
// recorded writes; that they do it is another suite's matter.
import assert from "node:assert/strict";
import { schedulerApp } from "@wadi/apps";
import {
  AbciResponses,
  blockHash,
  blockIdOf,
  blockPartSet,
  consensusParamsHash,
  dataHash,
  decodeBlock,
  encodeBlock,
  medianTime,
  publicKeyFromMessage,
  resultsHash,
  sameBlockId,
  validatorChange,
  verifyCommit,
  verifyCommitLight,
  verifyStep,
  type Block,
  type BlockId,
  type EngineVerifier,
  type SignedHeader,
  ValidatorSet,
} from "@wadi/comet-types";
import { SignatureVerifier, type FullContext } from "@wadi/crypto";
import { RootType, Tree } from "@wadi/mkvs";
import { genesis, transaction } from "@wadi/types";
import { fromBase64, fromHex, must, toHex } from "@wadi/util";
import type { Recorder, Suite } from "../../ledger.ts";
import { chainBytes } from "../../vectors.ts";
import { realVerifier } from "../cometbft/shared.ts";
import { engineCases } from "./engine.ts";

interface RecordedBlock {
  readonly height: number;
  readonly block: string;
  readonly block_hash: string;
  readonly app_hash_before: string;
  readonly abci_responses: string;
  readonly state_root: string;
  readonly writes: readonly (readonly [key: string, value: string | null])[];
}

/** What is known before a block is looked at. */
interface Progress {
  readonly document: genesis.Document;
  readonly context: FullContext;
  readonly signatures: SignatureVerifier;
  readonly verifier: EngineVerifier;
  readonly tree: Tree;
  chainId: string;
  /** Sets of the block before, of this block and of the one after. */
  lastSet: ValidatorSet | undefined;
  set: ValidatorSet;
  nextSet: ValidatorSet;
  /** Of the block before. */
  last: { readonly block: Block; readonly id: BlockId; readonly responses: AbciResponses } | undefined;
  lastStateRoot: string | undefined;
  /** Headers whose commit is known, oldest first, with their sets. */
  readonly signed: (SignedHeader & { readonly validators: ValidatorSet })[];
}

function jsonLines(bytes: Uint8Array): readonly RecordedBlock[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as RecordedBlock);
}

function checkForm(record: RecordedBlock, block: Block, progress: Progress): void {
  const { header, txs } = block;
  assert.equal(toHex(encodeBlock(block)), toHex(fromBase64(record.block)), "encoding");
  assert.equal(blockHash(block), record.block_hash, "block hash");
  assert.equal(header.height, record.height, "height");
  assert.equal(header.appHash, record.app_hash_before, "app hash");
  assert.equal(dataHash(txs), header.dataHash, "data hash");
  assert.equal(header.chainId, progress.chainId, "chain id");
  const { maxBlockSize, maxBlockGas } = progress.document.consensus.params;
  const params = { block: { maxBytes: Number(maxBlockSize), maxGas: maxBlockGas === 0n ? -1n : maxBlockGas } };
  assert.equal(consensusParamsHash(params), header.consensusHash, "consensus hash");
  const { context, signatures } = progress;
  const { transaction: last } = transaction.openRawTransaction(must(txs.at(-1)), context, signatures);
  const metadata = transaction.decodeBody(transaction.methods.consensusMeta, last);
  assert.equal(metadata.stateRoot, record.state_root, "state root of the metadata");
}

/** Sets, proposer, time and last commit follow from what came before. */
function checkConsensus(block: Block, progress: Progress): void {
  const { header } = block;
  const { set, nextSet, lastSet, last, verifier, chainId } = progress;
  assert.equal(header.validatorsHash, set.hash, "validators hash");
  assert.equal(header.nextValidatorsHash, nextSet.hash, "next validators hash");
  assert.ok(set.has(header.proposerAddress), "proposer is a validator");
  const lastCommit = must(block.lastCommit);
  if (last === undefined || lastSet === undefined) {
    const { seconds, nanos } = must(progress.document.genesisTime);
    assert.equal(header.time, seconds * 1_000_000_000n + BigInt(nanos), "time of the first block");
    assert.equal(lastCommit.signatures.length, 0, "no commit before the first block");
    return;
  }
  assert.ok(sameBlockId(header.lastBlockId, last.id), "last block id, parts included");
  const expected = { chainId, blockId: last.id, height: header.height - 1 };
  verifyCommit(lastSet, lastCommit, expected, verifier);
  verifyCommitLight(lastSet, lastCommit, expected, verifier);
  assert.equal(header.time, medianTime(lastCommit, lastSet), "median time");
  // The round is not in the header, but the block was proposed in the round it was committed in or before.
  const rounds = Array.from({ length: lastCommit.round + 1 }, (_, round) => round);
  const proposers = rounds.map((round) => (round === 0 ? lastSet : lastSet.rotated(round)).proposer()?.address);
  assert.ok(proposers.includes(last.block.header.proposerAddress), "proposer of the block before");
  progress.signed.push({ header: last.block.header, commit: lastCommit, validators: lastSet });
}

function checkResults(record: RecordedBlock, block: Block, responses: AbciResponses, progress: Progress): void {
  assert.equal(toHex(AbciResponses.encode(responses)), toHex(fromBase64(record.abci_responses)), "encoding");
  assert.equal(responses.deliverTxs.length, block.txs.length, "one result for each transaction");
  const before = progress.last?.responses.deliverTxs ?? [];
  assert.equal(resultsHash(before), block.header.lastResultsHash, "last results hash");
  const update = responses.endBlock?.consensusParamUpdates;
  assert.equal(update?.version?.app, block.header.version.app, "app version");
  assert.ok(responses.beginBlock !== undefined, "begin block");
}

function checkState(record: RecordedBlock, progress: Progress): void {
  if (progress.lastStateRoot !== undefined) {
    assert.equal(record.app_hash_before, progress.lastStateRoot, "the state the block before left");
  }
  for (const [key, value] of record.writes) {
    if (value === null) progress.tree.remove(fromHex(key));
    else progress.tree.insert(fromHex(key), fromHex(value));
  }
  assert.equal(progress.tree.hash(), record.state_root, "state root after the writes");
  progress.lastStateRoot = record.state_root;
}

/** The updates of this block act on the set after the next. */
function advance(block: Block, responses: AbciResponses, progress: Progress): void {
  const updates = (responses.endBlock?.validatorUpdates ?? []).map(({ pubKey, power }) =>
    validatorChange(publicKeyFromMessage(pubKey), power),
  );
  progress.lastSet = progress.set;
  progress.set = progress.nextSet;
  progress.nextSet = progress.nextSet.changed(updates).rotated(1);
  const parts = blockPartSet(block);
  progress.last = { block, id: blockIdOf(block, parts), responses };
}

/** Every adjacent step, and one jump from each header to the last one. */
function lightCases(r: Recorder, { signed, verifier }: Progress): void {
  const target = must(signed.at(-1));
  const options = {
    trustingPeriod: 720n * 3_600_000_000_000n,
    now: target.header.time + 1n,
    maxClockDrift: 10_000_000_000n,
    trustLevel: { numerator: 1n, denominator: 3n },
    verifier,
  };
  const toStep = ({ validators, ...signedHeader }: (typeof signed)[number]) => ({ signedHeader, validators });
  r.case("light client: adjacent steps", () => {
    for (const [i, trusted] of signed.entries()) {
      const next = signed[i + 1];
      if (next !== undefined) verifyStep(trusted, toStep(next), options);
    }
  });
  r.case("light client: jumps to the last header", () => {
    const jumps = signed.filter(({ header }, i) => i % 25 === 0 && header.height < target.header.height - 1);
    for (const trusted of jumps) verifyStep(trusted, toStep(target), options);
  });
}

function replay(r: Recorder, document: genesis.Document, records: readonly RecordedBlock[]): void {
  // InitChain returns no validators: the first header's validators_hash shows whether these are right.
  const validators = schedulerApp.genesisValidators(document);
  const current = ValidatorSet.create(validators.map(({ publicKey, power }) => validatorChange(publicKey, power)));
  const progress: Progress = {
    document,
    context: transaction.transactionContext(genesis.genesisChainContext(document)),
    signatures: new SignatureVerifier(),
    verifier: realVerifier(),
    tree: Tree.empty(RootType.state, undefined, { withoutWriteLog: true }),
    chainId: decodeBlock(fromBase64(must(records[0]).block)).header.chainId,
    lastSet: undefined,
    set: current,
    nextSet: current.rotated(1),
    last: undefined,
    lastStateRoot: undefined,
    signed: [],
  };
  r.case("first height", () => assert.equal(must(records[0]).height, Number(document.height)));
  for (const record of records) {
    const block = decodeBlock(fromBase64(record.block));
    const responses = AbciResponses.decode(fromBase64(record.abci_responses));
    r.case(`${record.height}: form and hashes`, () => checkForm(record, block, progress));
    r.case(`${record.height}: validators, time, last commit`, () => checkConsensus(block, progress));
    r.case(`${record.height}: results`, () => checkResults(record, block, responses, progress));
    r.case(`${record.height}: state root`, () => checkState(record, progress));
    advance(block, responses, progress);
  }
  lightCases(r, progress);
}

/** The suite of one recorded chain. */
export function chainSuite(name: string): Suite {
  return {
    file: `chains/${name}`,
    run(r) {
      const chain = chainBytes(`${name}/chain.jsonl`);
      const document = chainBytes(`${name}/genesis.json`);
      if (chain === undefined || document === undefined) return r.leaveOut("the chain is not at hand");
      const parsed = genesis.parseGenesis(document);
      const records = jsonLines(chain);
      replay(r, parsed, records);
      engineCases(r, parsed, records);
    },
  };
}
