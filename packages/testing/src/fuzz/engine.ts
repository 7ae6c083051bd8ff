// Everything a peer can say to a node's engine: scripts of messages on the consensus, mempool and
// evidence channels, fed through gossip into a real round state machine, mempool and evidence pool.
// Every signature counts as valid, so that fuzzing reaches the rules behind.
import assert from "node:assert/strict";
import {
  ConsensusGossip,
  DATA_CHANNEL,
  DEFAULT_MEMPOOL_CONFIG,
  EMPTY_COMMIT,
  EVIDENCE_CHANNEL,
  EvidenceGossip,
  EvidencePool,
  MEMPOOL_CHANNEL,
  Mempool,
  MempoolGossip,
  Rounds,
  STATE_CHANNEL,
  VOTE_CHANNEL,
  VOTE_SET_BITS_CHANNEL,
  encodeOutgoing,
  encodeTxs,
  genesisState,
  makeBlock,
  oasisTimeouts,
  validateNextBlock,
  type Effect,
  type RoundMessage,
} from "@wadi/comet-core";
import {
  ConsensusMessage,
  Proposal,
  SignedMsgType,
  Vote,
  addressOfKey,
  blockIdOf,
  blockPartSet,
  duplicateVoteEvidence,
  encodeEvidenceList,
  hexHash,
  sha256,
  type Block,
  type BlockId,
  type EngineState,
  type EngineVerifier,
} from "@wadi/comet-types";
import { publicKeyFromHex } from "@wadi/crypto";
import { WadiError, concatBytes, must, toHex, utf8 } from "@wadi/util";
import type { FuzzTarget } from "./target.ts";

const verifier: EngineVerifier = { verify: () => true, verifyBatch: (signed) => signed.map(() => true) };

const keys = [0, 1, 2, 3].map((i) => publicKeyFromHex(toHex(sha256(utf8(`fuzz validator ${i}`)))));

function genesis(): EngineState {
  const validators = keys.map((publicKey) => ({ address: addressOfKey(publicKey), publicKey, votingPower: 1n }));
  const consensusParams = {
    block: { maxBytes: 1 << 20, maxGas: -1n },
    evidence: { maxAgeNumBlocks: 10, maxAgeDuration: 10n ** 12n, maxBytes: 1 << 16 },
    validator: { pubKeyTypes: ["ed25519"] },
    version: { app: 7n },
  };
  const state = genesisState({
    chainId: "fuzz",
    genesisTime: 10n ** 18n,
    initialHeight: 1,
    consensusParams,
    validators,
  });
  return { ...state, appHash: hexHash(sha256(utf8("state"))) };
}

const state = genesis();
const { validators } = state;
const firstBlock: Block = makeBlock(state, {
  txs: [new Uint8Array(50).fill(7)],
  evidence: [],
  lastCommit: EMPTY_COMMIT,
  proposerAddress: must(validators.proposer()).address,
});
const firstParts = blockPartSet(firstBlock);
const firstId = blockIdOf(firstBlock, firstParts);

type Sum = NonNullable<ConsensusMessage["sum"]>;

/** One message of a script: channel, length in two bytes, content. */
function entry(channel: number, message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(channel, message.length >> 8, message.length & 0xff), message);
}

const said = (channel: number, sum: Sum): Uint8Array => entry(channel, ConsensusMessage.encode({ sum }));

function vote(index: number, type: number, blockId: BlockId | undefined, round = 0): Vote {
  return Vote.create({
    type,
    height: 1,
    round,
    ...(blockId && { blockId }),
    timestamp: 10n ** 18n + 1n,
    validatorAddress: validators.member(index).address,
    validatorIndex: index,
    signature: new Uint8Array(64).fill(index + 1),
  });
}

const votes = (type: number, blockId: BlockId | undefined, round = 0): Uint8Array[] =>
  [0, 1, 2, 3].map((index) => said(VOTE_CHANNEL, { case: "vote", value: { vote: vote(index, type, blockId, round) } }));

const step = (height: number, round: number, at: number, lastCommitRound = -1): Uint8Array =>
  said(STATE_CHANNEL, {
    case: "newRoundStep",
    value: { height, round, step: at, secondsSinceStartTime: 1n, lastCommitRound },
  });

function proposalScript(): Uint8Array[] {
  const { proposal: type } = SignedMsgType;
  const signature = new Uint8Array(64).fill(9);
  const proposal = Proposal.create({ type, height: 1, polRound: -1, blockId: firstId, timestamp: 1n, signature });
  const parts = Array.from({ length: firstParts.header.total }, (_, i) =>
    said(DATA_CHANNEL, { case: "blockPart", value: { height: 1, round: 0, part: must(firstParts.part(i)) } }),
  );
  return [said(DATA_CHANNEL, { case: "proposal", value: { proposal } }), ...parts];
}

function scripts(): Uint8Array[] {
  const { prevote, precommit } = SignedMsgType;
  const place = { height: 1, round: 0, type: prevote, blockId: firstId };
  const bits = { bits: 4, elems: [5n] };
  const { header } = firstParts;
  const blockParts = { bits: header.total, elems: [1n] };
  const validBlock = { height: 1, round: 0, blockPartSetHeader: header, blockParts, isCommit: true };
  const conflict = duplicateVoteEvidence(
    [vote(1, prevote, firstId), vote(1, prevote, undefined)],
    firstBlock.header.time,
    validators,
  );
  return [
    [step(1, 0, 3), ...proposalScript(), ...votes(prevote, firstId), ...votes(precommit, firstId)],
    [step(1, 0, 4), ...votes(prevote, undefined), ...votes(precommit, undefined), step(1, 1, 3)],
    [step(1, 0, 4), ...votes(prevote, firstId), ...votes(prevote, undefined), ...votes(precommit, firstId, 3)],
    [
      step(1, 0, 4),
      said(STATE_CHANNEL, { case: "voteSetMaj23", value: place }),
      ...votes(prevote, firstId),
      said(VOTE_SET_BITS_CHANNEL, { case: "voteSetBits", value: { ...place, votes: bits } }),
      said(STATE_CHANNEL, { case: "hasVote", value: { height: 1, round: 0, type: prevote, index: 3 } }),
      said(STATE_CHANNEL, { case: "newValidBlock", value: validBlock }),
      said(DATA_CHANNEL, { case: "proposalPol", value: { height: 1, proposalPolRound: 0, proposalPol: bits } }),
    ],
    [entry(MEMPOOL_CHANNEL, encodeTxs([utf8("a"), utf8("b")])), entry(MEMPOOL_CHANNEL, encodeTxs([utf8("a")]))],
    [entry(EVIDENCE_CHANNEL, encodeEvidenceList([conflict])), entry(EVIDENCE_CHANNEL, encodeEvidenceList([]))],
  ].map((list) => concatBytes(...list));
}

/** An engine at height 1 with a peer, until it decides a block. */
class Engine {
  readonly #rounds: Rounds;
  readonly #gossip: ConsensusGossip;
  readonly #mempool: MempoolGossip;
  readonly #evidence: EvidenceGossip;
  #pool: EvidencePool;
  #isDecided = false;
  readonly #now = { time: 10n ** 18n, ms: 0 };

  constructor() {
    const config = {
      validator: validators.member(0).address,
      timeouts: oasisTimeouts(1000),
      skipTimeoutCommit: false,
      createEmptyBlocks: true,
      emptyBlocksIntervalMs: 0,
    };
    this.#rounds = new Rounds(
      config,
      {
        verifier,
        createProposalBlock: () => firstBlock,
        validateBlock: (_, block) => validateNextBlock(state, block, verifier),
        processProposal: () => true,
        loadHeader: () => undefined,
        loadSeenCommit: () => undefined,
      },
      state,
      this.#now,
    );
    const blocks = {
      base: 0,
      height: 0,
      loadPartSetHeader: () => undefined,
      loadPart: () => undefined,
      loadCommit: () => undefined,
      loadSeenCommit: () => undefined,
    };
    this.#gossip = new ConsensusGossip({ view: () => this.#rounds.view, blocks, pick: () => 0, initialHeight: 1 });
    const answer = { code: 0, codespace: "", data: new Uint8Array(0), log: "", gasWanted: 0n, gasUsed: 0n, sender: "" };
    const checkTx = (tx: Uint8Array): typeof answer & { priority: number } => ({ ...answer, priority: tx[0] ?? 0 });
    const limits = { maxDataBytes: 1 << 20, maxGas: -1n };
    this.#mempool = new MempoolGossip(new Mempool({ checkTx }, { ...DEFAULT_MEMPOOL_CONFIG, maxTxs: 3 }, limits, 1));
    const stored = new Set<string>();
    const storage = {
      has: (key: Uint8Array): boolean => stored.has(toHex(key)),
      put: (key: Uint8Array): void => void stored.add(toHex(key)),
      delete: (key: Uint8Array): void => void stored.delete(toHex(key)),
      entries: (): Iterable<{ key: Uint8Array; value: Uint8Array }> => [],
    };
    const chain = {
      height: 2,
      loadHeader: () => firstBlock.header,
      loadCommit: () => ({ ...EMPTY_COMMIT, height: 1, blockId: firstId }),
      loadValidators: () => validators,
    };
    const later = { ...state, lastBlockHeight: 2, lastBlockTime: firstBlock.header.time, lastValidators: validators };
    this.#pool = new EvidencePool({ storage, chain, verifier }, later);
    this.#evidence = new EvidenceGossip(this.#pool);
    for (const reactor of [this.#mempool, this.#evidence]) reactor.addPeer("p");
    this.#gossip.addPeer("p", 0);
    this.#handle(this.#rounds.handle({ kind: "start" }, this.#now));
    this.#timeout();
  }

  #timeout(): void {
    const { height, round, step: at } = this.#rounds.view;
    const timeout = { durationMs: 0, height, round, step: at };
    this.#handle(this.#rounds.handle({ kind: "timeout", timeout }, this.#now));
  }

  #handle(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "commit-block") this.#isDecided = true;
      if (effect.kind === "conflicting-votes") this.#pool.reportConflictingVotes(effect.a, effect.b);
      // Votes that all count as valid may break what honest majorities cannot; nothing else may stop it.
      if (effect.kind === "fatal" && !(effect.error instanceof WadiError)) throw effect.error;
      if (effect.kind === "peer-error") throw effect.error;
    }
  }

  /** A message on a channel; throws where the peer is disconnected. */
  receive(channel: number, bytes: Uint8Array): void {
    if (channel === MEMPOOL_CHANNEL) this.#mempool.receive("p", bytes);
    else if (channel === EVIDENCE_CHANNEL) this.#evidence.receive(bytes);
    else {
      const { forward, reply } = this.#gossip.receive("p", channel, bytes);
      if (reply !== undefined) encodeOutgoing(reply);
      if (forward !== undefined) this.#forward(forward);
    }
    this.#gossipAll();
  }

  #forward(message: RoundMessage): void {
    if (this.#isDecided || this.#rounds.isStopped) return;
    this.#handle(this.#rounds.handle({ kind: "message", peer: "p", message }, this.#now));
  }

  /** Sends what the peer seems to lack, which must come to an end. */
  #gossipAll(): void {
    let sent = 0;
    for (let busy = true; busy;) {
      const next = this.#gossip.nextVote("p");
      const messages = next === undefined ? this.#gossip.nextData("p") : [next];
      for (const message of messages) {
        assert.ok(encodeOutgoing(message).length > 0);
        this.#gossip.sent("p", message);
      }
      busy = messages.length > 0;
      assert.ok(sent++ < 200, "gossip goes on for ever");
    }
    for (const claim of this.#gossip.majorityClaims("p")) encodeOutgoing(claim);
  }

  /** Lets every timeout of the current step run out. */
  endStep(): void {
    if (!this.#isDecided && !this.#rounds.isStopped) this.#timeout();
  }
}

const channels: readonly number[] = [
  STATE_CHANNEL,
  DATA_CHANNEL,
  VOTE_CHANNEL,
  VOTE_SET_BITS_CHANNEL,
  MEMPOOL_CHANNEL,
  EVIDENCE_CHANNEL,
];

/** Runs a script; bytes for channels that nobody listens on let a timeout run out. */
function runScript(script: Uint8Array): void {
  const engine = new Engine();
  for (let at = 0; at < script.length;) {
    const channel = must(script[at]);
    const length = ((script[at + 1] ?? 0) << 8) | (script[at + 2] ?? 0);
    const message = script.subarray(at + 3, at + 3 + length);
    at += 3 + length;
    if (channels.includes(channel)) engine.receive(channel, message);
    else engine.endStep();
  }
}

export const targets: FuzzTarget[] = [
  { name: "engine/channels", weight: 0.3, seeds: () => [new Uint8Array(0), ...scripts()], run: runScript },
];
