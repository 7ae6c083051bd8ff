import type { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse } from "../sync/messages.ts";
import { proveGet, proveIterate, provePrefixes } from "../sync/prove.ts";
import type { ReadSyncer } from "../sync/read-syncer.ts";
import type { Tree } from "../tree.ts";

/** Answers from a tree; `change` may damage the answers, `calls` counts them. */
export class TreeSyncer implements ReadSyncer {
  readonly #tree: Tree;
  readonly #change: (response: ProofResponse) => ProofResponse;
  calls = 0;
  /** After so many calls it fails. */
  limit = Number.POSITIVE_INFINITY;

  constructor(tree: Tree, change: (response: ProofResponse) => ProofResponse = (response) => response) {
    this.#tree = tree;
    this.#change = change;
  }

  async syncGet(request: GetRequest): Promise<ProofResponse> {
    return this.#answer(() => proveGet(this.#tree, request));
  }

  async syncGetPrefixes(request: GetPrefixesRequest): Promise<ProofResponse> {
    return this.#answer(() => provePrefixes(this.#tree, request));
  }

  async syncIterate(request: IterateRequest): Promise<ProofResponse> {
    return this.#answer(() => proveIterate(this.#tree, request));
  }

  #answer(body: () => ProofResponse): ProofResponse {
    this.calls++;
    if (this.calls > this.limit) throw new Error("no further calls");
    return this.#change(body());
  }
}
