// A host for tests: a state in memory, answered with proofs.
import {
  pack,
  proveGet,
  proveIterate,
  RootType,
  Tree,
  WriteLog,
  type HostStorageSyncRequest,
  type WriteLogEntries,
} from "@wadi/mkvs";
import type { BodyValue, HostFetchTxBatchRequest, HostRequestType, ResponseType } from "@wadi/runtime-protocol";
import { roothash, type Hash, type Namespace } from "@wadi/types";
import type { BatchServices } from "../batch/services.ts";
import { HostNodes } from "../state/host-nodes.ts";

export const RUNTIME_ID = `80${"00".repeat(31)}` as Namespace;

export class MemoryHost {
  /** More transactions, in order. */
  pool: Uint8Array[] = [];
  /** What it was asked for by schedulers. */
  readonly fetched: HostFetchTxBatchRequest[] = [];
  /** Requests for nodes. */
  asked = 0;
  /** Answers to everything, if set. */
  failure: Error | undefined;
  /** Proves things of this tree instead. */
  lie: Tree | undefined;
  header: roothash.Header;
  #tree = Tree.empty(RootType.state);
  readonly #services: BatchServices;

  constructor() {
    this.header = roothash.emptyHeader({
      namespace: RUNTIME_ID,
      round: 10n,
      timestamp: 1_700_000_000n,
      headerType: roothash.headerTypes.normal,
    });
    this.#services = this.freshServices();
  }

  /** Services that keep what they have proven. */
  get services(): BatchServices {
    return this.#services;
  }

  freshServices(): BatchServices {
    return {
      info: { runtimeId: RUNTIME_ID, chainContext: "test", localConfig: new Map() },
      nodes: new HostNodes(),
      log: () => undefined,
      host: { request: (type, value) => this.#answer(type, value) },
    };
  }

  /** Makes the next block with these changes; returns its state root. */
  apply(log: WriteLogEntries): string {
    const round = this.header.round + 1n;
    this.#tree.applyWriteLog(
      WriteLog.from(log.map(({ key, value }) => [pack(key), value === null ? null : pack(value)])),
    );
    const { hash } = this.#tree.commit(RUNTIME_ID, round);
    const previousHash = roothash.headerHash(this.header);
    this.header = { ...this.header, round, previousHash, stateRoot: hash as Hash };
    return hash;
  }

  #answer<R extends HostRequestType>(type: R, value: BodyValue<R>): BodyValue<ResponseType<R>> {
    if (this.failure !== undefined) throw this.failure;
    return this.#answerAny(type, value) as BodyValue<ResponseType<R>>;
  }

  #answerAny(type: HostRequestType, value: unknown): unknown {
    switch (type) {
      case "HostStorageSyncRequest":
        this.asked++;
        return { proofResponse: this.#prove(value as HostStorageSyncRequest) };
      case "HostFetchTxBatchRequest": {
        const request = value as HostFetchTxBatchRequest;
        this.fetched.push(request);
        return { batch: this.pool.splice(0, request.limit) };
      }
      default:
        throw new Error(`${type} is not for tests`);
    }
  }

  #prove({ syncGet, syncIterate }: HostStorageSyncRequest): unknown {
    const tree = this.lie ?? this.#tree;
    const at = <T extends { readonly tree: object }>(request: T): T =>
      this.lie === undefined
        ? request
        : { ...request, tree: { root: this.lie.syncRoot, position: this.lie.syncRoot.hash } };
    if (syncGet !== null) return proveGet(tree, at(syncGet));
    if (syncIterate !== null) return proveIterate(tree, at(syncIterate));
    throw new Error("nothing is asked for");
  }
}
