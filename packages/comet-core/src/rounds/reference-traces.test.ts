// Random runs of the fork's own state machine (consensus/state.go, v0.37.18-oasis3: handleMsg and
// handleTimeout of one of four validators, the others decided by dice), recorded input by input.
// Ours gets the same inputs and must be in the same state after each, ask for the same timeouts and
// sign the same votes. The runs were made with plain Ed25519, without the network's prehash.
import {
  ConsensusMessage,
  addressOfKey,
  blockHash,
  decodeBlock,
  sameBlockId,
  PartSet,
  type Block,
  type EngineVerifier,
  type Vote,
} from "@wadi/comet-types";
import { KeyCache, verifyEd25519, type PublicKey } from "@wadi/crypto";
import { fromHex, must } from "@wadi/util";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { genesisState } from "../genesis-state.ts";
import { roundMessageFromWire } from "./messages.ts";
import { Rounds } from "./rounds.ts";
import type { RoundStep } from "./step.ts";
import { GENESIS_TIME, TOY_PARAMS } from "./testing/toy-chain.ts";
import { oasisTimeouts } from "./timeouts.ts";
import { OWN_PEER, type Effect, type Input, type RoundMessage, type RoundPorts } from "./types.ts";

interface Head {
  readonly seed: number;
  readonly chain: string;
  readonly validators: readonly PublicKey[];
  readonly own: number;
  readonly power: number;
  readonly max_bytes: number;
}

interface Step {
  readonly kind: "timeout" | "own" | "peer" | "claim";
  readonly peer: string;
  /** A consensus message in hex, or height/round/step. */
  readonly data: string;
  /** Height, round, step, has proposal, block, parts, locked round and block, valid round and block, commit round. */
  readonly after: readonly unknown[];
  /** Requests for timeouts. */
  readonly timeouts: readonly string[] | null;
}

interface Trace {
  readonly head: Head;
  readonly steps: Step[];
}

function readTraces(): Trace[] {
  const file = new URL("./testing/reference-traces.jsonl.gz", import.meta.url);
  const traces: Trace[] = [];
  for (const line of gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n")) {
    const record = JSON.parse(line) as Head | Step;
    if ("seed" in record) traces.push({ head: record, steps: [] });
    else must(traces.at(-1)).steps.push(record);
  }
  return traces;
}

const messageOf = ({ data }: Step): RoundMessage => must(roundMessageFromWire(ConsensusMessage.decode(fromHex(data))));

function inputOf(step: Step): Input {
  if (step.kind !== "timeout") {
    return { kind: "message", peer: step.kind === "own" ? OWN_PEER : step.peer, message: messageOf(step) };
  }
  const [height = 0, round = 0, at = 0] = step.data.split("/").map(Number);
  return { kind: "timeout", timeout: { durationMs: 0, height, round, step: at as RoundStep } };
}

/** The block of the next proposal that the fork's validator makes at or after a step. */
function nextOwnBlock(steps: readonly Step[], from: number): Block | undefined {
  let parts: PartSet | undefined;
  for (const step of steps.slice(from)) {
    if (step.kind !== "own") continue;
    const message = messageOf(step);
    if (message.kind === "proposal") parts = new PartSet(message.proposal.blockId.partSetHeader);
    if (message.kind === "block-part") parts?.add(message.part.part);
    if (parts?.isComplete === true) return decodeBlock(parts.data());
  }
  return undefined;
}

const keys = new KeyCache();
const verifier: EngineVerifier = {
  verify: ({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature, keys),
  verifyBatch: (signed) => signed.map((item) => verifier.verify(item)),
};

class Replay {
  readonly #rounds: Rounds;
  readonly #steps: readonly Step[];
  readonly #asked: Vote[] = [];
  #at = 0;

  constructor({ head, steps }: Trace) {
    this.#steps = steps;
    const validators = head.validators.map((publicKey) => {
      return { address: addressOfKey(publicKey), publicKey, votingPower: BigInt(head.power) };
    });
    const consensusParams = { ...TOY_PARAMS, block: { ...TOY_PARAMS.block, maxBytes: head.max_bytes } };
    const genesis = { chainId: head.chain, genesisTime: GENESIS_TIME, initialHeight: 1, consensusParams, validators };
    const ports: RoundPorts = {
      verifier,
      createProposalBlock: () => nextOwnBlock(this.#steps, this.#at),
      validateBlock: () => undefined,
      processProposal: () => true,
      loadHeader: () => undefined,
      loadSeenCommit: () => undefined,
    };
    const config = {
      validator: must(validators[head.own]).address,
      timeouts: oasisTimeouts(1000),
      skipTimeoutCommit: false,
      createEmptyBlocks: true,
      emptyBlocksIntervalMs: 0,
    };
    this.#rounds = new Rounds(config, ports, genesisState(genesis), { time: GENESIS_TIME, ms: 0 });
  }

  run(): void {
    for (const [i, step] of this.#steps.entries()) {
      this.#at = i;
      const input = inputOf(step);
      if (step.kind === "own" && input.kind === "message" && input.message.kind === "vote") {
        const asked = must(this.#asked.shift(), `step ${i}: we sign nothing`);
        const { type, round, blockId } = input.message.vote;
        assert.deepEqual([asked.type, asked.round], [type, round], `own vote at step ${i}`);
        assert.ok(sameBlockId(asked.blockId, blockId), `own vote at step ${i}`);
      }
      const effects = this.#rounds.handle(input, { time: GENESIS_TIME, ms: 0 });
      if (this.#compare(step, effects, i)) return;
    }
  }

  /** True at the end of the height. */
  #compare(step: Step, effects: readonly Effect[], i: number): boolean {
    const timeouts: string[] = [];
    for (const effect of effects) {
      if (effect.kind === "fatal") throw effect.error;
      if (effect.kind === "sign-vote") this.#asked.push(effect.vote);
      if (effect.kind === "schedule-timeout") {
        const { height, round, step: at } = effect.timeout;
        timeouts.push(`${height}/${round}/${at}`);
      }
    }
    if (effects.at(-1)?.kind === "commit-block") {
      assert.equal(step.after[0], 2, `only we commit at step ${i}`);
      return true;
    }
    assert.deepEqual(this.#summary(), step.after, `after step ${i} (${step.kind})`);
    assert.deepEqual(timeouts, step.timeouts ?? [], `timeouts of step ${i} (${step.kind})`);
    return false;
  }

  #summary(): unknown[] {
    const { height, round, step, proposal, proposalParts, lockedRound, validRound, commitRound } = this.#rounds.view;
    const { proposalBlock, locked, valid } = this.#rounds.view;
    const block = proposalBlock === undefined ? "" : blockHash(proposalBlock);
    const parts = proposalParts?.header.hash ?? "";
    const lock = [lockedRound, locked?.id.hash ?? "", validRound, valid?.id.hash ?? ""];
    return [height, round, step, proposal !== undefined, block, parts, ...lock, commitRound];
  }
}

describe("runs of the reference", () => {
  for (const trace of readTraces()) {
    it(`run ${trace.head.seed}`, () => new Replay(trace).run());
  }
});
