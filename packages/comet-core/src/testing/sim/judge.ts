// Watches all nodes from outside and knows which are honest. It keeps a chain of its own, made of
// the first decision for each height, on its own copy of the application, and compares.
import { proto } from "@wadi/codec";
import {
  evidenceHash,
  resultsHash,
  sameBlockId,
  verifyCommit,
  verifyDuplicateVote,
  type Block,
  type BlockId,
  type Commit,
  type ConsensusAddress,
  type EngineState,
  type EngineVerifier,
  type Evidence,
  type Vote,
} from "@wadi/comet-types";
import { toHex } from "@wadi/util";
import { executeBlock, withAppHash } from "../../execution/next-state.ts";
import { validateNextBlock } from "../../execution/validate-block.ts";
import { genesisState, type EngineGenesis } from "../../genesis-state.ts";
import { Dice } from "@wadi/testing";
import { Disk } from "./disk.ts";
import { Offences } from "./offences.ts";
import { ToyApplication, ToyDisk, type ToyRules } from "./toy-application.ts";

/** A rule of the simulation was broken. */
export class Violation extends Error {
  override readonly name = "Violation";
  /** Which one, in a word. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

export interface Decision {
  readonly height: number;
  readonly blockId: BlockId;
  readonly seenCommit: Commit;
  loadBlock(): Block;
}

/** What canonical votes and proposals have in common. */
const SignedPlace = proto.message("SignedPlace", {
  type: proto.enumeration(1),
  height: proto.sfixed64(2),
  round: proto.sfixed64(3),
});

interface Height {
  readonly blockId: BlockId;
  /** After the block. */
  readonly state: EngineState;
}

export interface JudgeOptions {
  readonly genesis: EngineGenesis;
  readonly rules: ToyRules;
  readonly verifier: EngineVerifier;
  /** Addresses of the validators that do as they should. */
  readonly honest: ReadonlySet<ConsensusAddress>;
}

export class Judge {
  readonly offences = new Offences();
  readonly #options: JudgeOptions;
  readonly #application: ToyApplication;
  readonly #genesisState: EngineState;
  readonly #heights = new Map<number, Height>();
  /** Sign bytes by signer, height, round and step. */
  readonly #signed = new Map<string, string>();
  #mostRounds = 0;
  #state: EngineState;

  constructor(options: JudgeOptions) {
    this.#options = options;
    const disk = new Disk(new Dice("judge"));
    this.#application = new ToyApplication(options.rules, new ToyDisk(), disk);
    const { genesis } = options;
    const { appHash } = this.#application.initChain({ ...genesis, time: genesis.genesisTime });
    this.#genesisState = { ...genesisState(genesis), appHash, lastResultsHash: resultsHash([]) };
    this.#state = this.#genesisState;
  }

  /** The last height that anybody decided; 0 before the first. */
  get height(): number {
    return this.#state.lastBlockHeight;
  }

  /** Most rounds that a block took. */
  get mostRounds(): number {
    return this.#mostRounds;
  }

  /** An honest node has seen two votes of one validator for one step. */
  conflict(node: number, vote: Vote): void {
    if (this.#options.honest.has(vote.validatorAddress)) {
      throw new Violation("double-sign", `node ${node} has two votes of the honest ${vote.validatorAddress}`);
    }
    this.offences.seen(node, vote);
  }

  /** An honest node found a block final. */
  decided(node: number, decision: Decision): void {
    const { height, blockId, seenCommit } = decision;
    const known = this.#heights.get(height);
    if (known === undefined) {
      if (height !== (this.height === 0 ? this.#options.genesis.initialHeight : this.height + 1)) {
        throw new Violation("order", `node ${node} decides height ${height} after ${this.height}`);
      }
      this.#extend(node, decision);
    } else if (!sameBlockId(known.blockId, blockId)) {
      throw new Violation("agreement", `node ${node} decides ${blockId.hash} at ${height}, not ${known.blockId.hash}`);
    }
    const validators = this.#stateBefore(height).validators;
    const { chainId } = this.#options.genesis;
    this.#check("commit", node, height, () => {
      verifyCommit(validators, seenCommit, { chainId, blockId, height }, this.#options.verifier);
    });
  }

  #stateBefore(height: number): EngineState {
    return this.#heights.get(height - 1)?.state ?? this.#genesisState;
  }

  #check(rule: string, node: number, height: number, check: () => void): void {
    try {
      check();
    } catch (e) {
      throw new Violation(rule, `node ${node} at height ${height}: ${e instanceof Error ? e.message : String(e)}`);
    }
  }

  #extend(node: number, { height, blockId, seenCommit: { round }, loadBlock }: Decision): void {
    const block = loadBlock();
    this.#check("validity", node, height, () => validateNextBlock(this.#state, block, this.#options.verifier));
    for (const item of block.evidence) this.#checkEvidence(node, height, item);
    const repeated = this.offences.proved(height, block.evidence);
    if (repeated !== undefined) throw new Violation("evidence", `block ${height} repeats ${evidenceHash(repeated)}`);
    const executed = executeBlock(this.#state, blockId, block, this.#application);
    this.#state = withAppHash(executed.state, this.#application.commit().appHash);
    this.#heights.set(height, { blockId, state: this.#state });
    this.#mostRounds = Math.max(this.#mostRounds, round + 1);
  }

  #checkEvidence(node: number, height: number, evidence: Evidence): void {
    if (evidence.kind !== "duplicate-vote") {
      throw new Violation("evidence", `node ${node} at ${height}: nobody attacked light clients`);
    }
    const { validatorAddress, height: at } = evidence.voteA;
    if (this.#options.honest.has(validatorAddress)) {
      throw new Violation("evidence", `block ${height} accuses the honest ${validatorAddress}`);
    }
    this.#check("evidence", node, height, () => {
      verifyDuplicateVote(
        evidence,
        this.#options.genesis.chainId,
        this.#stateBefore(at).validators,
        this.#options.verifier,
      );
    });
  }

  /** An honest node has the state after a block. */
  applied(node: number, state: EngineState): void {
    const known = this.#stateBefore(state.lastBlockHeight + 1);
    const differing = (["appHash", "lastResultsHash", "lastBlockTime"] as const).find((f) => state[f] !== known[f]);
    const sets = (["validators", "nextValidators", "lastValidators"] as const).find(
      (field) => state[field].hash !== known[field].hash || state[field].priorityHash !== known[field].priorityHash,
    );
    const field = differing ?? sets;
    if (field === undefined) return;
    throw new Violation("state", `node ${node} after ${state.lastBlockHeight}: ${field} differs`);
  }

  /** The signature of an honest node over this message is durable. */
  signed(node: number, signBytes: Uint8Array): void {
    const key = `${node} ${placeOf(signBytes)}`;
    const content = toHex(signBytes);
    const before = this.#signed.get(key);
    if (before !== undefined && before !== content) throw new Violation("double-sign", `node ${key} signs twice`);
    this.#signed.set(key, content);
  }

  /** An honest node lets others see this message of its own. */
  shown(node: number, signBytes: Uint8Array): void {
    const place = placeOf(signBytes);
    if (this.#signed.get(`${node} ${place}`) === toHex(signBytes)) return;
    throw new Violation("durability", `node ${node} shows what it may forget: ${place}`);
  }
}

/** Height, round and step of sign bytes. */
function placeOf(signBytes: Uint8Array): string {
  const { type, height, round } = proto.decodeDelimited(SignedPlace, signBytes, signBytes.length).value;
  return `${height}/${round}/${type}`;
}
