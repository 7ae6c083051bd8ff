import type { NodeDb } from "../db/node-db.ts";
import { RootType } from "../root.ts";
import type { Root } from "../root.ts";
import { Tree } from "../tree.ts";
import type { GetPrefixesRequest, GetRequest, IterateRequest, ProofResponse } from "./messages.ts";
import { proveGet, proveIterate, provePrefixes } from "./prove.ts";
import type { ReadSyncer } from "./read-syncer.ts";

/** Answers for all trees of a database. Rejects with what looking up their roots throws. */
export class DatabaseSyncer implements ReadSyncer {
  readonly #database: NodeDb;

  constructor(database: NodeDb) {
    this.#database = database;
  }

  async syncGet(request: GetRequest): Promise<ProofResponse> {
    return proveGet(this.#tree(request.tree.root), request);
  }

  async syncGetPrefixes(request: GetPrefixesRequest): Promise<ProofResponse> {
    return provePrefixes(this.#tree(request.tree.root), request);
  }

  async syncIterate(request: IterateRequest): Promise<ProofResponse> {
    return proveIterate(this.#tree(request.tree.root), request);
  }

  #tree(root: Root): Tree {
    return new Tree(this.#database, root, { withoutWriteLog: root.type === RootType.state });
  }
}
