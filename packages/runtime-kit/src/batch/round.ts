// The state of one request while runtime code works on it: nested overlays over the host's tree,
// and what was emitted.
import { Overlay, RootType, type KeyValueTree } from "@wadi/mkvs";
import type { Address, roothash } from "@wadi/types";
import type { CallContext, QueryContext } from "../context.ts";
import {
  BatchError,
  CallError,
  callError,
  dispatcherError,
  ErrTooManyMessages,
  ErrUnexpected,
  isMachineDependent,
} from "../errors.ts";
import { WatchedHost } from "../host.ts";
import { HostTree } from "../state/host-tree.ts";
import { stateOver, type State } from "../state/state.ts";
import { Emissions } from "./emissions.ts";
import type { BatchServices } from "./services.ts";

/** What the host says about the block that the work builds on. */
export interface RoundInput {
  readonly header: roothash.Header;
  readonly epoch: bigint;
  readonly consensusHeight: number;
  readonly maxMessages: number;
  readonly roundResults: roothash.RoundResults | null;
}

export class Round {
  readonly tree: HostTree;
  readonly messages: roothash.Message[] = [];
  readonly #input: RoundInput;
  readonly #services: BatchServices;
  readonly #host: WatchedHost;
  readonly #state: State;
  #open: KeyValueTree | undefined;
  #emissions = new Emissions();

  /** Throws a BatchError for a block of another runtime. */
  constructor(input: RoundInput, services: BatchServices) {
    const { namespace, round, stateRoot } = input.header;
    if (namespace !== services.info.runtimeId) throw dispatcherError("block namespace does not match runtime id");
    this.#input = input;
    this.#services = services;
    this.#host = new WatchedHost(services.host);
    const root = { namespace, version: round, type: RootType.state, hash: stateRoot };
    this.tree = new HostTree(this.#host, services.nodes, root);
    this.#open = this.tree;
    this.#state = stateOver(() => {
      if (this.#open === undefined) throw new BatchError("runtime-kit", 10, "the state was used after the batch");
      return this.#open;
    });
  }

  /** The round being built. */
  get number(): bigint {
    return this.#input.header.round + 1n;
  }

  get host(): WatchedHost {
    return this.#host;
  }

  /** What `isCheck` is false for becomes part of the chain and sees nothing of this node alone. */
  queryContext(isLocal: boolean): QueryContext {
    const { header, epoch, consensusHeight } = this.#input;
    const { runtimeId, chainContext, localConfig } = this.#services.info;
    return {
      runtimeId,
      chainContext,
      header,
      round: this.number,
      epoch,
      consensusHeight,
      state: this.#state,
      localConfig: isLocal ? localConfig : new Map(),
    };
  }

  callContext(isCheck: boolean, caller?: Address): CallContext {
    const { maxMessages, roundResults } = this.#input;
    return {
      ...this.queryContext(isCheck),
      isCheck,
      caller,
      maxMessages,
      messageResults: roundResults?.messages ?? [],
      goodComputeEntities: roundResults?.goodComputeEntities ?? [],
      badComputeEntities: roundResults?.badComputeEntities ?? [],
      emit: (kind, event) => this.#emissions.emit(kind, event),
      emitTag: (key, value) => this.#emissions.emitTag(key, value),
      emitMessage: (message) => {
        if (this.messages.length >= maxMessages) throw callError(ErrTooManyMessages);
        return this.messages.push(message) - 1;
      },
    };
  }

  /** Runs code whose changes count only if it succeeds and `keep` is not false. */
  nested<T>(operation: () => T, keep = true): T {
    const outer = this.#use();
    const overlay = new Overlay(outer);
    const messageCount = this.messages.length;
    let isKept = false;
    this.#open = overlay;
    try {
      const result = operation();
      this.#host.rethrow();
      if (keep) overlay.commit();
      isKept = keep;
      return result;
    } finally {
      this.#open = outer;
      if (!isKept) this.messages.length = messageCount;
    }
  }

  /** Runs code with emissions of its own and returns them with the result. */
  emitting<T>(operation: () => T): { readonly result: T; readonly emissions: Emissions } {
    const outer = this.#emissions;
    const emissions = new Emissions();
    this.#emissions = emissions;
    try {
      return { result: operation(), emissions };
    } finally {
      this.#emissions = outer;
    }
  }

  /** The failure of the call that threw `e`; throws what is not the call's own. */
  failureOf(e: unknown): CallError {
    this.#host.rethrow();
    if (e instanceof CallError) return e;
    if (e instanceof BatchError) throw e;
    if (isMachineDependent(e)) throw dispatcherError("out of stack", { cause: e });
    this.#services.log("warn", "unexpected error in runtime code", { err: describe(e) });
    return callError(ErrUnexpected);
  }

  /** From here on runtime code that kept a context has no state. */
  close(): void {
    this.#open = undefined;
    this.tree.release();
  }

  #use(): KeyValueTree {
    return this.#open ?? this.tree;
  }
}

function describe(e: unknown): string {
  return e instanceof Error ? (e.stack ?? e.message) : String(e);
}
