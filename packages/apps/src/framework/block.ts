// Executing one block on a tree: hooks of the applications and transactions, in the reference's
// order, and what comes out. Reference: go/consensus/cometbft/abci/mux.go (BeginBlock, DeliverTx, EndBlock).
import { resultsHash, type AbciEvent, type HexHash, type ResponseDeliverTx } from "@wadi/comet-types";
import type { KeyValueTree } from "@wadi/mkvs";
import { upgrade } from "@wadi/types";
import { errorToWire, isError } from "@wadi/util";

import type { ValidatorUpdate } from "./application.ts";
import { Context, type ContextMode, type Environment } from "./context.ts";
import { BlockFailure, isRefusal } from "./errors.ts";
import { provableForms, toAbciEvent, type EmittedEvent } from "./events.ts";
import { executeTransaction, type Pipeline } from "./pipeline.ts";

/** CBOR null: what every successful transaction answers. */
const NO_DATA: Uint8Array = Uint8Array.of(0xf6);

/** The result of one transaction. */
export interface TransactionResult {
  readonly code: number;
  /** Module of the refusal; empty on success. */
  readonly codespace: string;
  readonly log: string;
  readonly data: Uint8Array;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
  readonly events: readonly EmittedEvent[];
  /** What refused it, with its reason and facts. */
  readonly error?: unknown;
}

/** What the execution of a block leads to. */
export interface BlockResults {
  readonly beginEvents: readonly EmittedEvent[];
  readonly transactions: readonly TransactionResult[];
  readonly endEvents: readonly EmittedEvent[];
  readonly validatorUpdates: readonly ValidatorUpdate[];
}

/** The result of block metadata. */
export const metadataResult: TransactionResult = {
  code: 0,
  codespace: "",
  log: "",
  data: NO_DATA,
  gasWanted: 0n,
  gasUsed: 0n,
  events: [],
};

/** A result as the engine stores and hashes it. */
export function toAbciResult(result: TransactionResult): ResponseDeliverTx {
  const { code, codespace, log, data, gasWanted, gasUsed, events } = result;
  return {
    code,
    codespace,
    log,
    data,
    info: "",
    // The engine's fields are signed.
    gasWanted: BigInt.asIntN(64, gasWanted),
    gasUsed: BigInt.asIntN(64, gasUsed),
    events: toAbciEvents(events),
  };
}

export function toAbciEvents(events: readonly EmittedEvent[]): AbciEvent[] {
  return events.map(toAbciEvent);
}

/** What the next header says about the results of this block. */
export function blockResultsHash(results: readonly TransactionResult[]): HexHash {
  return resultsHash(
    results.map(({ code, data, gasWanted, gasUsed }) => ({
      code,
      data,
      gasWanted: BigInt.asIntN(64, gasWanted),
      gasUsed: BigInt.asIntN(64, gasUsed),
    })),
  );
}

/** Executes the parts of one block on one tree. The environment carries the block context. */
export class BlockExecutor {
  readonly #pipeline: Pipeline;
  readonly #environment: Environment;
  readonly #tree: KeyValueTree;
  readonly #isProposing: boolean;

  /** `isProposing`: the block is being put together and has no metadata yet. */
  constructor(pipeline: Pipeline, environment: Environment, tree: KeyValueTree, isProposing: boolean) {
    this.#pipeline = pipeline;
    this.#environment = environment;
    this.#tree = tree;
    this.#isProposing = isProposing;
  }

  /** Throws BlockFailure, or (`upgrade`, 1) where the node must stop. */
  begin(shouldHalt: (epoch: bigint) => boolean): readonly EmittedEvent[] {
    const ctx = this.#context("begin-block");
    const epoch = ctx.currentEpoch();
    this.#guard("BeginBlock: upgrade manager", () => ctx.upgrader?.consensusUpgrade(ctx, epoch, reportedHeight(ctx)));
    if (shouldHalt(epoch)) throw new StopForUpgrade();
    for (const app of this.#pipeline.applications.ordered) {
      this.#guard(`BeginBlock: ${app.name}`, () => app.beginBlock?.(ctx));
    }
    this.#prove(ctx);
    return ctx.events;
  }

  /** Throws only what must not become a result: BlockFailure, storage failures and bugs. */
  deliver(raw: Uint8Array): TransactionResult {
    const ctx = this.#context("deliver");
    let error: unknown;
    try {
      executeTransaction(this.#pipeline, ctx, raw, this.#isProposing);
    } catch (e) {
      if (!isRefusal(e)) throw e;
      error = e;
    }
    this.#prove(ctx);
    const { wanted: gasWanted, used: gasUsed } = ctx.gas;
    const common = { gasWanted, gasUsed, events: ctx.events };
    if (error === undefined) return { code: 0, codespace: "", log: "", data: NO_DATA, ...common };
    const { module, code, message } = errorToWire(error);
    return { code, codespace: module, log: message, data: new Uint8Array(0), ...common, error };
  }

  end(): { readonly events: readonly EmittedEvent[]; readonly validatorUpdates: readonly ValidatorUpdate[] } {
    const ctx = this.#context("end-block");
    let validatorUpdates: readonly ValidatorUpdate[] = [];
    for (const app of this.#pipeline.applications.ordered) {
      validatorUpdates = this.#guard(`EndBlock: ${app.name}`, () => app.endBlock?.(ctx)) ?? validatorUpdates;
    }
    this.#guard("EndBlock: upgrade manager", () =>
      ctx.upgrader?.consensusUpgrade(ctx, ctx.currentEpoch(), ctx.lastHeight),
    );
    this.#prove(ctx);
    return { events: ctx.events, validatorUpdates };
  }

  #context(mode: ContextMode): Context {
    return new Context(mode, this.#environment, this.#tree);
  }

  #prove(ctx: Context): void {
    ctx.block.provableEvents.push(...provableForms(ctx.events, this.#pipeline.applications.provable));
  }

  /** A refusal in a hook fails the block; stopping for an upgrade stays what it is. */
  #guard<T>(where: string, body: () => T): T {
    try {
      return body();
    } catch (e) {
      if (isError(e, upgrade.ErrStopForUpgrade)) throw new StopForUpgrade(e);
      if (isRefusal(e)) throw new BlockFailure(where, e);
      throw e;
    }
  }
}

/** The last committed height, 0 before the first block, as the upgrade manager is told in BeginBlock. */
function reportedHeight(ctx: Context): number {
  return ctx.environment.committed === undefined ? 0 : ctx.lastHeight;
}

/** The node must stop before this block: for an upgrade, or because it was configured to. */
export class StopForUpgrade extends Error {
  override readonly name = "StopForUpgrade";

  constructor(cause?: unknown) {
    super(upgrade.ErrStopForUpgrade.text, cause === undefined ? undefined : { cause });
  }
}
