import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blockHash,
  blockIdOf,
  blockPartSet,
  commitHash,
  dataHash,
  decodeBlock,
  ErrCommitMismatch,
  ErrNotEnoughPower,
  ErrWrongSignature,
  encodeBlock,
  evidenceListHash,
  publicKeyToMessage,
  SignedMsgType,
  ZERO_BLOCK_ID,
  type Block,
  type Commit,
  type ConsensusAddress,
  type EngineState,
  type Evidence,
  type Header,
  type HexHash,
} from "@wadi/comet-types";
import { isError, must, type ErrorKind, WadiError } from "@wadi/util";
import type { BlockRequest, PrepareProposalRequest } from "../application.ts";
import {
  applyToy,
  GENESIS_TIME,
  keyNumber,
  ToyVerifier,
  toyGenesis,
  toyTx,
  toyVote,
} from "../rounds/testing/toy-chain.ts";
import { blockContext, commitInfo } from "./block-request.ts";
import { createProposalBlock, EMPTY_COMMIT, makeBlock } from "./create-block.ts";
import {
  ErrEvidenceOverflow,
  ErrInvalidBlock,
  ErrInvalidResponse,
  ErrInvalidUpdates,
  ErrProposalTooLarge,
} from "./errors.ts";
import { executeBlock, nextState } from "./next-state.ts";
import { validateNextBlock } from "./validate-block.ts";
import { CachingVerifier } from "./verified-signatures.ts";

const verifier = new ToyVerifier();
const { state: genesis } = toyGenesis([10n, 20n, 30n, 40n]);
const first = makeBlock(genesis, {
  txs: [toyTx("one")],
  evidence: [],
  lastCommit: EMPTY_COMMIT,
  proposerAddress: must(genesis.validators.proposer()).address,
});
const firstId = blockIdOf(first, blockPartSet(first));
const second: EngineState = applyToy(genesis, firstId, first);

type Choice = "block" | "nil" | "absent" | "bad";

/** A commit of the first block; each validator does as told, seconds apart. */
function commitOf(choices: readonly Choice[]): Commit {
  const signatures = choices.map((choice, i) => {
    if (choice === "absent") {
      const validatorAddress = "" as ConsensusAddress;
      return {
        blockIdFlag: 1,
        validatorAddress,
        timestamp: -62_135_596_800_000_000_000n,
        signature: new Uint8Array(0),
      };
    }
    const blockId = choice === "nil" ? ZERO_BLOCK_ID : firstId;
    const timestamp = GENESIS_TIME + BigInt(i + 1) * 1_000_000_000n;
    const vote = toyVote(genesis.validators, i, { height: 1, round: 0, blockId, type: "precommit", timestamp });
    const signature = choice === "bad" ? new Uint8Array(64) : vote.signature;
    return { blockIdFlag: choice === "nil" ? 3 : 2, validatorAddress: vote.validatorAddress, timestamp, signature };
  });
  return { height: 1, round: 0, blockId: firstId, signatures };
}

const full = commitOf(["block", "block", "block", "block"]);
const proposerAddress = must(second.validators.proposer()).address;
const good = makeBlock(second, { txs: [toyTx("two")], evidence: [], lastCommit: full, proposerAddress });

const withHeader = (changes: Partial<Header>): Block => ({ ...good, header: { ...good.header, ...changes } });
const withCommit = (lastCommit: Commit): Block =>
  makeBlock(second, { txs: [], evidence: [], lastCommit, proposerAddress });

function refusal(block: Block, state = second): WadiError | undefined {
  try {
    validateNextBlock(state, block, verifier);
    return undefined;
  } catch (e) {
    assert.ok(e instanceof WadiError, String(e));
    return e;
  }
}

test("what was made is valid, and survives its encoding", () => {
  assert.equal(refusal(first, genesis), undefined);
  assert.equal(refusal(good), undefined);
  assert.equal(blockHash(decodeBlock(encodeBlock(good))), blockHash(good));
  assert.equal(first.header.time, genesis.lastBlockTime, "the first block has the genesis time");
  // Order of the set is by power, 40 first: half of 100 is passed by the second (times 1 s and 2 s).
  assert.equal(good.header.time, GENESIS_TIME + 2_000_000_000n);
});

test("a nil vote and an absent one leave a commit valid", () => {
  assert.equal(refusal(withCommit(commitOf(["block", "block", "nil", "absent"]))), undefined);
});

const wrongHash = "ab".repeat(32) as HexHash;

const wrongHeaders: readonly (readonly [string, Partial<Header>])[] = [
  ["Version", { version: { block: 11n, app: 8n } }],
  ["ChainID", { chainId: "other" }],
  ["Height", { height: 3 }],
  ["LastBlockID", { lastBlockId: { ...firstId, hash: wrongHash } }],
  ["LastBlockID", { lastBlockId: { ...firstId, partSetHeader: { total: 2, hash: firstId.partSetHeader.hash } } }],
  ["AppHash", { appHash: wrongHash }],
  ["ConsensusHash", { consensusHash: wrongHash }],
  ["LastResultsHash", { lastResultsHash: wrongHash }],
  ["ValidatorsHash", { validatorsHash: wrongHash }],
  ["NextValidatorsHash", { nextValidatorsHash: wrongHash }],
  ["ProposerAddress", { proposerAddress: "cd".repeat(20) as ConsensusAddress }],
  ["Time", { time: good.header.time + 1n }],
  ["Time", { time: second.lastBlockTime }],
];

for (const [rule, changes] of wrongHeaders) {
  test(`a wrong ${rule} is refused (${Object.keys(changes)[0]})`, () => {
    const error = refusal(withHeader(changes));
    assert.ok(isError(error, ErrInvalidBlock), String(error));
    assert.equal(error?.data?.["rule"], rule);
  });
}

test("the rules are looked at in the reference's order", () => {
  const all = Object.assign({}, ...wrongHeaders.toReversed().map(([, changes]) => changes)) as Partial<Header>;
  const rest: Partial<Header> = { ...all };
  for (const [rule, changes] of wrongHeaders.slice(0, 10).filter(([name], i, list) => list[i - 1]?.[0] !== name)) {
    const error = refusal(withHeader(rest));
    assert.equal(error?.data?.["rule"], rule);
    for (const key of Object.keys(changes) as (keyof Header)[]) delete rest[key];
  }
});

const badCommits: readonly (readonly [string, Commit, ErrorKind])[] = [
  ["too little power", commitOf(["absent", "block", "block", "block"]), ErrNotEnoughPower],
  ["nil votes do not count", commitOf(["nil", "block", "block", "block"]), ErrNotEnoughPower],
  ["a bad signature", commitOf(["block", "block", "block", "bad"]), ErrWrongSignature],
  ["another size", { ...full, signatures: full.signatures.slice(1) }, ErrCommitMismatch],
  ["another height", { ...full, height: 2 }, ErrCommitMismatch],
  ["another block", { ...full, blockId: { ...firstId, hash: wrongHash } }, ErrCommitMismatch],
];

for (const [name, commit, kind] of badCommits) {
  test(`a last commit is refused: ${name}`, () => {
    const error = refusal({
      ...good,
      lastCommit: commit,
      header: { ...good.header, lastCommitHash: commitHash(commit) },
    });
    assert.ok(isError(error, kind), String(error));
  });
}

test("the first block may have no signatures and must have the genesis time", () => {
  const commit = { ...full, height: 0 };
  const signed = { ...first, lastCommit: commit, header: { ...first.header, lastCommitHash: commitHash(commit) } };
  assert.ok(isError(refusal(signed, genesis), ErrInvalidBlock));
  const later = { ...first, header: { ...first.header, time: first.header.time + 1n } };
  assert.equal(refusal(later, genesis)?.data?.["rule"], "Time");
});

test("evidence above its limit is refused", () => {
  const { validators } = genesis;
  const vote = (n: number) =>
    toyVote(validators, 0, {
      height: 1,
      round: 0,
      type: "precommit",
      blockId: { hash: `0${n}`.repeat(32) as HexHash, partSetHeader: { total: 1, hash: wrongHash } },
    });
  const evidence: Evidence[] = [
    {
      kind: "duplicate-vote",
      voteA: vote(1),
      voteB: vote(2),
      totalVotingPower: validators.totalVotingPower,
      validatorPower: 40n,
      timestamp: first.header.time,
    },
  ];
  const block = makeBlock(second, { txs: [], evidence, lastCommit: full, proposerAddress });
  assert.equal(block.header.evidenceHash, evidenceListHash(evidence));
  assert.equal(refusal(block), undefined);
  const params = { ...second.consensusParams, evidence: { ...second.consensusParams.evidence, maxBytes: 100 } };
  const error = refusal(block, { ...second, consensusParams: params });
  assert.ok(isError(error, ErrEvidenceOverflow), String(error));
  const { misbehavior } = blockContext(block, second.lastValidators, 1);
  assert.deepEqual(
    misbehavior.map(({ type, height, validatorPower }) => [type, height, validatorPower]),
    [["duplicate-vote", 1, 40n]],
  );
});

test("the application hears who signed; nil counts as signed", () => {
  const info = commitInfo(commitOf(["block", "nil", "absent", "block"]), genesis.validators);
  assert.deepEqual(
    info.votes.map(({ power, signed }) => [power, signed]),
    [
      [40n, true],
      [30n, true],
      [20n, false],
      [10n, true],
    ],
  );
  assert.deepEqual(blockContext(first, genesis.lastValidators, 1).lastCommit, { round: 0, votes: [] });
  assert.throws(
    () => commitInfo(full, toyGenesis([1n]).state.validators),
    (e) => isError(e, ErrCommitMismatch),
  );
});

test("a proposal has what the application makes of the mempool, within its limits", () => {
  let asked: PrepareProposalRequest | undefined;
  const sources = (txs: readonly Uint8Array[]) => ({
    application: {
      prepareProposal: (request: PrepareProposalRequest) => {
        asked = request;
        return txs;
      },
    },
    pendingEvidence: () => ({ evidence: [], sizeBytes: 0 }),
    reapTransactions: () => [toyTx("offered")],
  });
  const block = createProposalBlock(second, full, proposerAddress, sources([toyTx("chosen")]));
  assert.deepEqual(block.txs, [toyTx("chosen")]);
  assert.equal(block.header.dataHash, dataHash(block.txs));
  assert.deepEqual(asked?.txs, [toyTx("offered")]);
  assert.equal(asked?.maxTxBytes, 1_048_576 - 11 - 626 - 94 - 4 * 111);
  assert.equal(refusal(block), undefined);
  const tooMuch = [new Uint8Array(must(asked).maxTxBytes - 3)];
  assert.throws(
    () => createProposalBlock(second, full, proposerAddress, sources(tooMuch)),
    (e) => isError(e, ErrProposalTooLarge),
  );
  const params = { ...second.consensusParams, block: { maxBytes: 1000, maxGas: -1n } };
  assert.throws(
    () => createProposalBlock({ ...second, consensusParams: params }, full, proposerAddress, sources([])),
    (e) => isError(e, ErrProposalTooLarge),
  );
});

const response = (updates: Parameters<typeof nextState>[3]["endBlock"]["validatorUpdates"] = []) => ({
  beginBlock: { events: [] },
  deliverTxs: [],
  endBlock: { validatorUpdates: updates, consensusParamUpdates: undefined, events: [] },
});
const update = (n: number, power: bigint) => ({ pubKey: publicKeyToMessage(keyNumber(n)), power });
const next = (...args: Parameters<typeof response>) =>
  nextState(second, firstId, { height: 2, time: 1n }, response(...args));

test("validator changes count from the block after the next one", () => {
  const after = next([update(9, 15n), update(0, 0n)]);
  assert.equal(after.validators.hash, second.nextValidators.hash);
  assert.equal(after.lastValidators.hash, second.validators.hash);
  assert.deepEqual(
    Array.from(after.nextValidators, ({ votingPower }) => votingPower),
    [40n, 30n, 20n, 15n],
  );
  assert.equal(after.lastHeightValidatorsChanged, 4);
  const quiet = next();
  assert.equal(quiet.lastHeightValidatorsChanged, second.lastHeightValidatorsChanged);
  assert.equal(quiet.nextValidators.priorityHash, second.nextValidators.rotated(1).priorityHash);
});

test("updates that cannot be are refused as a whole", () => {
  const cases = [
    [update(1, -1n)],
    [{ pubKey: { sum: undefined }, power: 1n }],
    [{ pubKey: { sum: { case: "secp256k1" as const, value: new Uint8Array(33) } }, power: 1n }],
    [update(9, 1n), update(9, 2n)],
    [update(9, 0n)],
    [update(0, 0n), update(1, 0n), update(2, 0n), update(3, 0n)],
  ];
  for (const [i, updates] of cases.entries()) {
    assert.throws(
      () => next(updates),
      (e) => e instanceof WadiError,
      `case ${i}`,
    );
  }
  assert.throws(
    () => next([update(1, -1n)]),
    (e) => isError(e, ErrInvalidUpdates),
  );
});

test("parameter updates replace parts, count from the next block, and must be valid", () => {
  const withParams = (params: Parameters<typeof nextState>[3]["endBlock"]["consensusParamUpdates"]) =>
    nextState(
      second,
      firstId,
      { height: 2, time: 1n },
      {
        ...response(),
        endBlock: { ...response().endBlock, consensusParamUpdates: params },
      },
    );
  const none = { block: undefined, evidence: undefined, validator: undefined, version: undefined };
  const after = withParams({ ...none, version: { app: 9n } });
  assert.equal(after.version.consensus.app, 9n);
  assert.deepEqual(after.consensusParams.block, second.consensusParams.block);
  assert.equal(after.lastHeightConsensusParamsChanged, 3);
  assert.equal(next().lastHeightConsensusParamsChanged, second.lastHeightConsensusParamsChanged);
  assert.throws(
    () => withParams({ ...none, block: { maxBytes: 0, maxGas: -1n } }),
    (e) => e instanceof WadiError,
  );
});

test("an application that gives another number of results is refused", () => {
  const application = { finalizeBlock: (_request: BlockRequest) => response() };
  assert.throws(
    () => executeBlock(second, firstId, good, application),
    (e) => isError(e, ErrInvalidResponse),
  );
});

test("a signature that verified is not verified again; any other triple is", () => {
  const inner = new ToyVerifier();
  const caching = new CachingVerifier(inner, 3);
  validateNextBlock(second, good, caching);
  assert.equal(inner.calls, 4);
  validateNextBlock(second, good, caching);
  assert.equal(inner.calls, 5, "one of four fell out of a memory for three");
  const roomy = new CachingVerifier(inner, 100);
  validateNextBlock(second, good, roomy);
  inner.calls = 0;
  validateNextBlock(second, good, roomy);
  assert.equal(inner.calls, 0);
  const vote = toyVote(genesis.validators, 0, { height: 1, round: 0, blockId: firstId, type: "precommit" });
  assert.equal(vote.type, SignedMsgType.precommit);
  const signed = {
    publicKey: genesis.validators.member(0).publicKey,
    message: Uint8Array.of(1),
    signature: vote.signature,
  };
  assert.equal(roomy.verify(signed), false, "the signature of another message");
  assert.equal(roomy.verify(signed), false, "failures are not remembered as good");
  assert.deepEqual(roomy.verifyBatch([signed, signed]), [false, false]);
  roomy.remember(signed);
  assert.deepEqual(roomy.verifyBatch([signed, { ...signed, message: Uint8Array.of(2) }]), [true, false]);
});
