// The context of everything that is executed: which state it works on, who calls, what it may
// spend, what it emits. Reference: go/consensus/cometbft/api/context.go.
import type { Time } from "@wadi/codec";
import { stakingAddress, type Address, type ChainContext, type PublicKey, type SignatureVerifier } from "@wadi/crypto";
import { Overlay, type KeyValueTree } from "@wadi/mkvs";
import { EPOCH_INVALID, type consensusGenesis, type transaction } from "@wadi/types";
import { assert, must } from "@wadi/util";

import type { BlockContext } from "./block-context.ts";
import { CorruptedStateError } from "./errors.ts";
import { attribute, type EmittedEvent, type EventAttribute, type EventKind } from "./events.ts";
import { gasCost, noGas, type GasAccountant } from "./gas.ts";
import type { MessageBus, MessageKind } from "./messages.ts";
import type { DebugSwitches, LocalPolicy, TimeSource, Tracer, Upgrader } from "./ports.ts";
import { State } from "./state.ts";

export type ContextMode = "init-chain" | "check" | "deliver" | "simulate" | "begin-block" | "end-block";

/** What all contexts of one call into the state machine share. */
export interface Environment {
  readonly now: Time;
  readonly chainContext: ChainContext;
  readonly initialHeight: number;
  /** Version of the last committed state; the initial height less one before the first block. */
  readonly lastHeight: number;
  /** The last committed state; undefined until the first block is committed. */
  readonly committed: State | undefined;
  /** Root of the last committed state, 32 bytes; empty until the first block is committed. */
  readonly lastStateRoot: Uint8Array;
  /** The parameters as of the last commit; undefined in InitChain. */
  readonly parameters: consensusGenesis.Parameters | undefined;
  readonly baseEpoch: bigint;
  readonly block: BlockContext | undefined;
  readonly bus: MessageBus;
  readonly timeSource: TimeSource;
  readonly verifier: SignatureVerifier;
  readonly upgrader: Upgrader | undefined;
  readonly local: LocalPolicy;
  readonly debug: DebugSwitches;
  readonly tracer: Tracer | undefined;
}

export class Context {
  readonly mode: ContextMode;
  readonly environment: Environment;
  readonly state: State;
  /** Higher goes first in the mempool. */
  priority = 0;
  readonly #parent: Context | undefined;
  #signer: PublicKey | undefined;
  #signerAccount: Address | undefined;
  #caller: Address | undefined;
  #gas: GasAccountant;
  #events: EmittedEvent[] = [];

  constructor(mode: ContextMode, environment: Environment, tree: KeyValueTree, parent?: Context) {
    this.mode = mode;
    this.environment = environment;
    this.state = parent?.state.tree === tree ? parent.state : new State(tree);
    this.#parent = parent;
    this.#signer = parent === undefined ? undefined : parent.#signer;
    this.#signerAccount = parent === undefined ? undefined : parent.#signerAccount;
    this.#caller = parent === undefined ? undefined : parent.#caller;
    this.#gas = parent === undefined ? noGas : parent.#gas;
  }

  get isInitChain(): boolean {
    return this.mode === "init-chain";
  }

  get isCheck(): boolean {
    return this.mode === "check";
  }

  get isSimulation(): boolean {
    return this.mode === "simulate";
  }

  // Time and heights

  /** Time of the block (in CheckTx and simulation: of the last one). */
  get now(): Time {
    return this.environment.now;
  }

  get initialHeight(): number {
    return this.environment.initialHeight;
  }

  get lastHeight(): number {
    return this.environment.lastHeight;
  }

  get currentHeight(): number {
    return this.environment.lastHeight + 1;
  }

  /** Root of the last committed state; empty in InitChain and the first block. */
  get lastStateRoot(): Uint8Array {
    return this.environment.lastStateRoot;
  }

  // Epochs (go/consensus/cometbft/abci/state.go)

  /** The first epoch of the chain. */
  get baseEpoch(): bigint {
    return this.environment.baseEpoch;
  }

  /** The epoch stored in the state of this context: `GetEpoch` of the current height. */
  blockEpoch(): bigint {
    return this.environment.timeSource.epoch(this.state);
  }

  /** The epoch of the last committed state: `GetEpoch` of the last height. */
  lastBlockEpoch(): bigint {
    const { committed, timeSource } = this.environment;
    if (committed === undefined) throw new CorruptedStateError("no committed blocks");
    return timeSource.epoch(committed);
  }

  /**
   * `GetCurrentEpoch`: EPOCH_INVALID until the first block is committed, else the epoch scheduled
   * for this height, else the stored one.
   */
  currentEpoch(): bigint {
    const { committed, timeSource } = this.environment;
    if (committed === undefined) return EPOCH_INVALID;
    const future = timeSource.futureEpoch(this.state);
    return future?.height === this.currentHeight ? future.epoch : timeSource.epoch(this.state);
  }

  /**
   * The epoch if this block changed it, else undefined. The first two blocks of a chain never
   * count as a change.
   */
  epochChange(): bigint | undefined {
    const { committed, initialHeight, lastHeight } = this.environment;
    if (committed === undefined || lastHeight === initialHeight) return undefined;
    const epoch = this.blockEpoch();
    return epoch === this.lastBlockEpoch() ? undefined : epoch;
  }

  // The block

  /** Only where a block is executed. */
  get block(): BlockContext {
    return must(this.environment.block, "only available while a block is executed");
  }

  // Surroundings

  get debug(): DebugSwitches {
    return this.environment.debug;
  }

  get local(): LocalPolicy {
    return this.environment.local;
  }

  get upgrader(): Upgrader | undefined {
    return this.environment.upgrader;
  }

  get verifier(): SignatureVerifier {
    return this.environment.verifier;
  }

  get chainContext(): ChainContext {
    return this.environment.chainContext;
  }

  // Who calls

  /** Who signed the transaction; only in transaction contexts. */
  get signer(): PublicKey {
    return must(this.#signer, "only available in a transaction");
  }

  /** The account of the signer. */
  get signerAccount(): Address {
    return must(this.#signerAccount, "only available in a transaction");
  }

  /** In whose name: the signer's account, or what a call in another name set. */
  get caller(): Address {
    return must(this.#caller, "only available in a transaction or a call");
  }

  /** Only after the signature was verified. */
  setSigner(signer: PublicKey): void {
    assert(this.mode === "check" || this.mode === "deliver" || this.mode === "simulate", "not a transaction");
    this.#signer = signer;
    this.#signerAccount = stakingAddress(signer);
    this.#caller = this.#signerAccount;
  }

  /** Number of contexts around this one. */
  get callDepth(): number {
    return this.#parent === undefined ? 0 : this.#parent.callDepth + 1;
  }

  // Gas

  get gas(): GasAccountant {
    return this.#gas;
  }

  setGas(accountant: GasAccountant): void {
    this.#gas = accountant;
  }

  /** Charges `multiplier` units of an operation; throws `out of gas` or `gas overflow`. */
  useGas(multiplier: number | bigint, op: transaction.Op, costs: transaction.Costs): void {
    const cost = gasCost(multiplier, op, costs);
    if (cost === undefined) return;
    this.#gas.charge(cost);
    this.environment.tracer?.gas?.(op, cost);
  }

  // Events

  get events(): readonly EmittedEvent[] {
    return this.#events;
  }

  emit<T>(kind: EventKind<T>, value: T): void {
    this.#events.push([attribute(kind, value)]);
  }

  /** One event with several attributes, in order (see `attribute`). */
  emitTogether(first: EventAttribute, ...more: readonly EventAttribute[]): void {
    this.#events.push([first, ...more]);
  }

  /** True if this very context has emitted such an event. */
  hasEvent<T>(kind: EventKind<T>): boolean {
    return this.#events.some((event) => event.some((one) => one.kind === (kind as EventKind<unknown>)));
  }

  // Other applications

  /** See `MessageBus.publish`. */
  publish<D, R>(kind: MessageKind<D, R>, data: D): R | undefined {
    return this.environment.bus.publish(this, kind, data);
  }

  // Contexts inside contexts. Gas that is used inside stays used in any case.

  /** State and events of `body` are kept if it returns and dropped if it throws. */
  atomically<T>(body: (ctx: Context) => T): T {
    const overlay = new Overlay(this.state.tree);
    const inner = new Context(this.mode, this.environment, overlay, this);
    const result = body(inner);
    overlay.commit();
    this.#take(inner);
    return result;
  }

  /** State and events of `body` are dropped in any case. */
  discarding<T>(body: (ctx: Context) => T): T {
    return body(new Context(this.mode, this.environment, new Overlay(this.state.tree), this));
  }

  /** Runs `body` in another name on the same state; its events are kept even if it throws. */
  asCaller<T>(caller: Address, body: (ctx: Context) => T): T {
    const inner = new Context(this.mode, this.environment, this.state.tree, this);
    inner.#caller = caller;
    return this.#withChild(inner, body);
  }

  /** Runs `body` in simulation mode on the same state; its events are dropped. */
  simulating<T>(body: (ctx: Context) => T): T {
    return this.#withChild(new Context("simulate", this.environment, this.state.tree, this), body);
  }

  #withChild<T>(inner: Context, body: (ctx: Context) => T): T {
    try {
      return body(inner);
    } finally {
      if (!inner.isSimulation) this.#take(inner);
    }
  }

  #take(inner: Context): void {
    for (const event of inner.#events) this.#events.push(event);
  }
}
