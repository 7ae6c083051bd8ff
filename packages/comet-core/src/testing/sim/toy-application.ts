// A small deterministic application: its hash covers all that the engine tells it, so that any
// difference between two executions of a block shows, and transactions change the validator set.
import { sha256, type PublicKey } from "@wadi/crypto";
import { concatBytes, fromHex, must, utf8 } from "@wadi/util";
import { ResponseDeliverTx, hexHash, publicKeyToMessage, type HexHash } from "@wadi/comet-types";
import type {
  Application,
  ApplicationInfo,
  BlockRequest,
  BlockResponse,
  CheckTxResponse,
  CommitResponse,
  InitChainRequest,
  InitChainResponse,
  PrepareProposalRequest,
} from "../../application.ts";
import type { Disk } from "./disk.ts";
import { decodeToyTransaction } from "./toy-transactions.ts";

export interface ToyRules {
  /** The hash changes with every block, as on Oasis; else only with transactions. */
  readonly restless: boolean;
  /** Fewer validators there are never. */
  readonly minValidators: number;
  /** These keys together stay below a third of the power. */
  readonly suspects: ReadonlySet<PublicKey>;
  /** How many blocks are kept; 0 keeps all. */
  readonly retainBlocks: number;
}

interface ToyState {
  readonly height: number;
  readonly appHash: HexHash;
  readonly powers: ReadonlyMap<PublicKey, bigint>;
}

const NOTHING: ToyState = { height: 0, appHash: "" as HexHash, powers: new Map() };
const APP_VERSION = 1n;

/** What survives a stop: the states after each commit. */
export class ToyDisk {
  readonly #states: ToyState[] = [];

  get last(): ToyState {
    return this.#states.at(-1) ?? NOTHING;
  }

  keep(state: ToyState): void {
    this.#states.push(state);
  }

  /** Takes the last `count` commits back; the first one is 0 commits away from nothing. */
  lose(count: number): void {
    this.#states.length = Math.max(0, this.#states.length - count);
  }
}

/** The order of blocks' facts in the hash; any unambiguous text does. */
function factsOf(block: BlockRequest, restless: boolean): string {
  const guilty = block.misbehavior.map((m) => `${m.type} ${m.validatorAddress} ${m.height} ${m.validatorPower}`);
  if (!restless && block.txs.length === 0 && guilty.length === 0) return "";
  const votes = block.lastCommit.votes.map((vote) => `${vote.address}${vote.power}${vote.signed}`);
  const facts = [block.height, block.time, block.proposerAddress, block.nextValidatorsHash, block.lastCommit.round];
  return [...facts, ...votes, ...guilty].join("\n");
}

/** True if more than two thirds of the power stay in honest hands. */
function isSafe(powers: ReadonlyMap<PublicKey, bigint>, { minValidators, suspects }: ToyRules): boolean {
  let total = 0n;
  let suspect = 0n;
  for (const [key, power] of powers) {
    total += power;
    if (suspects.has(key)) suspect += power;
  }
  return powers.size >= minValidators && suspect * 3n < total;
}

export class ToyApplication implements Application {
  readonly #rules: ToyRules;
  readonly #storage: ToyDisk;
  readonly #disk: Disk;
  /** After InitChain, until the first commit. */
  #genesis: ToyState | undefined;
  /** After the executed block, until it is committed. */
  #pending: ToyState | undefined;

  constructor(rules: ToyRules, storage: ToyDisk, disk: Disk) {
    this.#rules = rules;
    this.#storage = storage;
    this.#disk = disk;
  }

  get #state(): ToyState {
    return this.#storage.last.height === 0 ? (this.#genesis ?? NOTHING) : this.#storage.last;
  }

  info(): ApplicationInfo {
    const { height, appHash } = this.#storage.last;
    return { appVersion: APP_VERSION, lastHeight: height, lastAppHash: appHash };
  }

  initChain(request: InitChainRequest): InitChainResponse {
    const appHash = hexHash(sha256(utf8(`${request.chainId} ${request.initialHeight} ${request.time}`)));
    const powers = new Map(request.validators.map((validator) => [validator.publicKey, validator.votingPower]));
    this.#genesis = { height: 0, appHash, powers };
    return { appHash, validators: [], consensusParams: undefined };
  }

  checkTx(tx: Uint8Array): CheckTxResponse {
    const decoded = decodeToyTransaction(tx);
    const isGood = decoded !== undefined && decoded.kind !== "forbidden";
    return {
      code: isGood ? 0 : 1,
      codespace: isGood ? "" : "toy",
      data: new Uint8Array(),
      log: "",
      gasWanted: 1n,
      gasUsed: 0n,
      priority: decoded?.kind === "power" ? 1000 : (decoded?.number ?? 0) % 3,
      sender: "",
    };
  }

  prepareProposal(request: PrepareProposalRequest): readonly Uint8Array[] {
    return request.txs.filter((tx) => this.checkTx(tx).code === 0);
  }

  processProposal(block: BlockRequest): boolean {
    return block.txs.every((tx) => this.checkTx(tx).code === 0);
  }

  finalizeBlock(block: BlockRequest): BlockResponse {
    const powers = new Map(this.#state.powers);
    const changed = new Set<PublicKey>();
    const deliverTxs = block.txs.map((tx) => this.#deliver(tx, powers, changed));
    const facts = factsOf(block, this.#rules.restless);
    const parts = [fromHex(this.#state.appHash), ...block.txs.map((tx) => sha256(tx)), utf8(facts)];
    const appHash = facts === "" ? this.#state.appHash : hexHash(sha256(concatBytes(...parts)));
    this.#pending = { height: block.height, appHash, powers };
    const validatorUpdates = [...changed].map((key) => ({
      pubKey: publicKeyToMessage(key),
      power: powers.get(key) ?? 0n,
    }));
    return {
      beginBlock: { events: [] },
      deliverTxs,
      endBlock: { validatorUpdates, consensusParamUpdates: undefined, events: [] },
    };
  }

  #deliver(tx: Uint8Array, powers: Map<PublicKey, bigint>, changed: Set<PublicKey>): ResponseDeliverTx {
    const decoded = decodeToyTransaction(tx);
    const result = (code: number): ResponseDeliverTx =>
      ResponseDeliverTx.create({ code, data: tx.subarray(0, 4), gasWanted: 1n, gasUsed: BigInt(code) });
    if (decoded === undefined || decoded.kind === "fail") return result(1);
    if (decoded.kind !== "power") return result(0);
    const after = new Map(powers);
    if (decoded.power === 0) after.delete(decoded.publicKey);
    else after.set(decoded.publicKey, BigInt(decoded.power));
    const isChange = after.get(decoded.publicKey) !== powers.get(decoded.publicKey);
    if (!isChange || changed.has(decoded.publicKey) || !isSafe(after, this.#rules)) return result(2);
    if (decoded.power === 0) powers.delete(decoded.publicKey);
    else powers.set(decoded.publicKey, BigInt(decoded.power));
    changed.add(decoded.publicKey);
    return result(0);
  }

  commit(): CommitResponse {
    const state = must(this.#pending, "commit without a block");
    this.#disk.commit("application commit", () => this.#storage.keep(state));
    this.#pending = undefined;
    const { retainBlocks } = this.#rules;
    const retainHeight = retainBlocks === 0 ? 0 : Math.max(0, state.height - retainBlocks);
    return { appHash: state.appHash, retainHeight, mustStop: false };
  }
}
