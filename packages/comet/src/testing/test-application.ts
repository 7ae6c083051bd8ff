// A small application for tests: its hash covers the hash before, the height and the transactions
// of each block. What it commits is in a store of its own that tests can keep, lose or wind back.
import type {
  Application,
  ApplicationInfo,
  BlockRequest,
  BlockResponse,
  CheckTxResponse,
  CommitResponse,
  InitChainResponse,
  PrepareProposalRequest,
} from "@wadi/comet-core";
import { hexHash, NO_HASH, ResponseDeliverTx, sha256, type HexHash, type ValidatorUpdate } from "@wadi/comet-types";
import { concatBytes, fromHex, must, utf8 } from "@wadi/util";

export interface CommittedState {
  readonly height: number;
  readonly appHash: HexHash;
}

/** What survives the application. */
export class CommittedStates {
  states: CommittedState[] = [];

  get last(): CommittedState | undefined {
    return this.states.at(-1);
  }
}

export interface TestApplicationOptions {
  readonly disk?: CommittedStates;
  /** Blocks below the last `keep` may go; 0 keeps all. */
  readonly keep?: number;
  /** The hash changes with transactions only, so that a chain without them can rest. */
  readonly rests?: boolean;
  /** Only the last committed state is kept. */
  readonly forgets?: boolean;
  /** The node stops after this height. */
  readonly haltHeight?: number;
  validatorUpdates?(height: number): readonly ValidatorUpdate[];
}

export class TestApplication implements Application {
  readonly disk: CommittedStates;
  /** Names of calls with heights, in order. */
  readonly calls: string[] = [];
  readonly #options: TestApplicationOptions;
  #executed: CommittedState | undefined;
  #genesisHash: HexHash = NO_HASH;

  constructor(options: TestApplicationOptions = {}) {
    this.#options = options;
    this.disk = options.disk ?? new CommittedStates();
  }

  info(): ApplicationInfo {
    const { height = 0, appHash = NO_HASH } = this.disk.last ?? {};
    return { appVersion: 7n, lastHeight: height, lastAppHash: appHash };
  }

  initChain(): InitChainResponse {
    this.calls.push("init");
    this.#genesisHash = hexHash(sha256(utf8("genesis")));
    return { appHash: this.#genesisHash, validators: [], consensusParams: undefined };
  }

  /** Refuses transactions that begin with "bad"; the rest has its length as priority. */
  checkTx(tx: Uint8Array): CheckTxResponse {
    const isBad = Buffer.from(tx.subarray(0, 3)).toString() === "bad";
    return {
      code: isBad ? 1 : 0,
      codespace: isBad ? "test" : "",
      data: new Uint8Array(0),
      log: "",
      gasWanted: 1n,
      gasUsed: 1n,
      priority: tx.length,
      sender: "",
    };
  }

  prepareProposal({ txs }: PrepareProposalRequest): readonly Uint8Array[] {
    return txs;
  }

  processProposal(): boolean {
    return true;
  }

  finalizeBlock({ height, txs }: BlockRequest): BlockResponse {
    this.calls.push(`finalize ${height}`);
    const before = this.disk.last?.appHash ?? this.#genesisHash;
    const rests = this.#options.rests === true && txs.length === 0;
    const content = concatBytes(fromHex(before), utf8(String(height)), ...txs);
    this.#executed = { height, appHash: rests ? before : hexHash(sha256(content)) };
    return {
      beginBlock: { events: [] },
      deliverTxs: txs.map((data) => ResponseDeliverTx.create({ data })),
      endBlock: {
        validatorUpdates: this.#options.validatorUpdates?.(height) ?? [],
        consensusParamUpdates: undefined,
        events: [],
      },
    };
  }

  commit(): CommitResponse {
    const executed = must(this.#executed);
    const { keep = 0, forgets, haltHeight } = this.#options;
    this.calls.push(`commit ${executed.height}`);
    if (forgets === true) {
      this.disk.states = [];
      this.calls.length = 0;
    }
    this.disk.states.push(executed);
    this.#executed = undefined;
    const retainHeight = keep === 0 ? 0 : Math.max(0, executed.height - keep);
    return { appHash: executed.appHash, retainHeight, mustStop: executed.height === haltHeight };
  }
}
