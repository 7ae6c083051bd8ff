// A validator on a data directory: engine and applications joined, and the node's own transactions.
// It has the peers that its transport has; without one it is a network of its own.
import { setTimeout as sleep } from "node:timers/promises";
import { beaconApp, stakingApp } from "@wadi/apps";
import { Engine, memoryStorage, openDirectory, type EngineNotice, type StopReason, type Transport } from "@wadi/comet";
import { BlockStore, type AppliedBlock, type EngineConfig, type TxOutcome } from "@wadi/comet-core";
import { loadOrCreateIdentity, stakingAddress, type NodeIdentity } from "@wadi/crypto";
import { consensus, transaction } from "@wadi/types";
import { WadiError, errorFromWire, lookupError } from "@wadi/util";

import { engineConfig } from "../engine-config.ts";
import { ErrMempoolRefused } from "../errors.ts";
import { engineGenesis } from "../genesis.ts";
import type { IncludedTransaction } from "../submission/awaited-transactions.ts";
import { defaultFeeRules, type FeeRules } from "../submission/fee.ts";
import { OwnTransactions } from "../submission/own-transactions.ts";
import { VrfWorker } from "../vrf/vrf-worker.ts";
import { ApplicationHost, type ApplicationHostEvents, type ApplicationHostOptions } from "./application-host.ts";
import { dataDirectory, makeFolders, type DataDirectory } from "./data-dir.ts";

export type ValidatorIdentity = Pick<NodeIdentity, "node" | "consensus" | "vrf">;

export interface ValidatorOptions extends Omit<ApplicationHostOptions, "signer" | "events"> {
  /** Made if it is not there. Without one everything ends with the process, and the identity must be given. */
  readonly dataDir?: string;
  /** Default: that of the data directory, which is made if there is none. */
  readonly identity?: ValidatorIdentity;
  /** Closed with the node. */
  readonly transport?: Transport;
  /** What differs from the network's; for tests and measurements. */
  readonly engine?: Partial<EngineConfig>;
  readonly fees?: FeeRules;
  /** Whether the node proves its share of the random beacon (default), as nodes that have an owner do. */
  readonly provesVrf?: boolean;
  readonly events?: ValidatorEvents;
}

/** What an operator may want to hear of. */
export interface ValidatorEvents extends ApplicationHostEvents {
  /** Everything that happens in the engine, the way to the last stored block at the start included. */
  engine?(notice: EngineNotice): void;
  /** A proof for the beacon was not accepted; unless `willRetry` there will be none for the epoch. */
  vrfFailed?(error: unknown, epoch: bigint, willRetry: boolean): void;
}

/**
 * Starts a validator. Rejects with what opening the data directory, the handshake and the replay
 * of the log throw, and ErrGenesis; nothing runs then.
 */
export async function runValidator(options: ValidatorOptions): Promise<ValidatorNode> {
  const { dataDir, document, residentBytes, transport } = options;
  const directory = dataDir === undefined ? undefined : dataDirectory(dataDir);
  const dontBlameOasis = options.debug?.dontBlameOasis === true;
  const genesis = engineGenesis(document, { dontBlameOasis });
  if (directory !== undefined) makeFolders(directory);
  const identity = options.identity ?? openIdentity(directory);
  const { consensus: signer, node } = identity;
  await using resources = new AsyncDisposableStack();
  // The engine closes these two, once there is one.
  await using lent = new AsyncDisposableStack();
  if (transport !== undefined) lent.use(transport);
  const storage = lent.use(
    directory === undefined
      ? memoryStorage()
      : openDirectory(directory.engine, residentBytes === undefined ? {} : { residentBytes }),
  );
  const local = { minGasPrice: 0n, ...options.local, ownAddress: stakingAddress(node.publicKey) };
  const blocks = new BlockStore(storage.database);
  const host = resources.use(await ApplicationHost.open(directory, blocks, { ...options, local, signer }));
  const config = { ...engineConfig(document), ...options.engine };
  const { application } = host;
  const engine = resources.use(
    new Engine({ storage, application, genesis, config, signer, ...(transport && { transport }) }),
  );
  lent.move();
  const running = new ValidatorNode({ host, engine, identity, options, resources: resources.move() });
  try {
    await running.start();
    return running;
  } catch (e) {
    await running[Symbol.asyncDispose]();
    throw e;
  }
}

function openIdentity(directory: DataDirectory | undefined): ValidatorIdentity {
  if (directory === undefined) throw new TypeError("a validator without a data directory needs an identity");
  return loadOrCreateIdentity(directory.identity, { nowSeconds: Math.floor(Date.now() / 1000) });
}

interface ValidatorParts {
  readonly host: ApplicationHost;
  readonly engine: Engine;
  readonly identity: ValidatorIdentity;
  readonly options: ValidatorOptions;
  readonly resources: AsyncDisposableStack;
}

export class ValidatorNode implements AsyncDisposable {
  readonly host: ApplicationHost;
  readonly engine: Engine;
  /** Transactions of this node's own keys. */
  readonly own: OwnTransactions;
  readonly #vrf: VrfWorker;
  readonly #provesVrf: boolean;
  readonly #events: ValidatorEvents;
  readonly #resources: AsyncDisposableStack;
  readonly #stop = new AbortController();

  /** See `runValidator`. */
  constructor({ engine, host, identity, options, resources }: ValidatorParts) {
    const { events = {}, fees = defaultFeeRules, provesVrf = true } = options;
    this.host = host;
    this.engine = engine;
    this.#events = events;
    this.#provesVrf = provesVrf;
    this.#resources = resources;
    const { machine } = host;
    const waiting = {
      sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal: this.#untilStop(signal) }),
      random: () => Math.random(),
    };
    this.own = new OwnTransactions(
      {
        ...waiting,
        nonce: (address) => stakingApp.stakingQueries.account(machine.stateAt(0), address).general.nonce,
        estimateGas: (signer, tx) => machine.estimateGas(signer, tx),
        minGasPrice: () => machine.parameters?.minGasPrice ?? 0n,
        submit: async (raw, signal) => void (await this.submit(raw, signal)),
      },
      { context: transaction.transactionContext(machine.chainContext), fees },
    );
    const { node, vrf } = identity;
    this.#vrf = resources.use(
      new VrfWorker(
        {
          ...waiting,
          round: () => beaconApp.beaconQueries.vrfState(machine.stateAt(0)),
          submit: (call, signal) => this.own.submit(node, call, signal),
          onFailure: (error, epoch, willRetry) => events.vrfFailed?.(error, epoch, willRetry),
        },
        { node: node.publicKey, signer: vrf },
      ),
    );
  }

  /** Once, by `runValidator`. */
  async start(): Promise<void> {
    this.engine.subscribe((notice) => {
      if (notice.kind === "block") this.#applied(notice.applied);
      this.#events.engine?.(notice);
    });
    // Who waits for a block would wait for ever.
    void this.stopped.then(() => this.#stop.abort(new Error("the node has stopped")));
    await this.engine.start();
    this.host.start();
    const { lastHeight } = this.host.machine;
    if (lastHeight > 0 && this.#provesVrf) this.#vrf.blockCommitted(lastHeight);
  }

  /** Settles when the node stopped making blocks by itself: halted, to be upgraded, or failed. It never rejects. */
  get stopped(): Promise<StopReason> {
    return this.engine.stopped;
  }

  /**
   * Puts a transaction into the mempool and waits until it is in a block. Rejects with what refused
   * it there or here, ErrDuplicateTx, ErrMempoolRefused, or the reason of the signal.
   */
  async submit(raw: Uint8Array, signal?: AbortSignal): Promise<IncludedTransaction> {
    this.requireTxSize(raw.length);
    return await this.host.awaited.submit(raw, (tx) => requireAdded(this.engine.checkTx(tx)), this.#untilStop(signal));
  }

  /** Puts a transaction into the mempool. Throws what refuses it there, ErrDuplicateTx and ErrMempoolRefused. */
  submitNoWait(raw: Uint8Array): void {
    requireAdded(this.engine.checkTx(raw));
  }

  /** For whoever has more to do with a transaction before. Throws ErrMempoolRefused, as submitting it would. */
  requireTxSize(sizeBytes: number): void {
    const refusal = this.engine.txSizeRefusal(sizeBytes);
    if (refusal !== undefined) requireAdded(refusal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the node stops"));
    await this.#resources.disposeAsync();
  }

  #applied({ block, response }: AppliedBlock): void {
    const { height } = block.header;
    this.host.awaited.included(height, block.txs, response.deliverTxs);
    // Proving takes milliseconds, which the engine does not have while it votes.
    if (this.#provesVrf) setImmediate(() => this.#vrf.blockCommitted(height));
  }

  #untilStop(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
  }
}

/** Of errors that tell clients what to do: another nonce, a smaller transaction. */
const PLAIN_MODULES: ReadonlySet<string> = new Set(["consensus", "consensus/transaction"]);

/** Throws what kept a transaction out of the mempool. */
function requireAdded(outcome: TxOutcome): void {
  if (outcome.kind === "added") return;
  switch (outcome.reason) {
    case "failed": {
      const { code, codespace, log } = outcome.response;
      const error = errorFromWire(codespace, code, log);
      // Programs of the reference compare these with `==`, which a context makes another error.
      const kind = PLAIN_MODULES.has(codespace) ? lookupError(codespace, code) : undefined;
      throw kind === undefined ? error : new WadiError(kind, { cause: error });
    }
    case "seen":
      throw new WadiError(consensus.ErrDuplicateTx);
    default:
      throw new WadiError(ErrMempoolRefused, { context: outcome.error });
  }
}
