// Where committed states are kept: a node database, or memory for tests and replay.
// Reference: go/consensus/cometbft/abci/state.go.
import { RootType, Tree, ZERO_NAMESPACE, type NodeDb, type Root } from "@wadi/mkvs";

import { CorruptedStateError } from "./errors.ts";

/** Committed states by height. Trees that are handed out are handles of their own. */
export interface StateStore {
  /** The last committed height; undefined while there is none. */
  readonly latest: bigint | undefined;
  /** A tree without keys. */
  empty(): Tree;
  /** The state of a height, or undefined where it is not kept. */
  at(height: bigint): Tree | undefined;
  /** Keeps the changed tree as the state of a height and returns its root, hex. */
  commit(tree: Tree, height: bigint): string;
}

const treeOptions = { withoutWriteLog: true } as const;

/** States in memory; those of the last `keep` heights stay readable. */
export class MemoryStateStore implements StateStore {
  readonly #trees = new Map<bigint, Tree>();
  readonly #keep: number;
  #latest: bigint | undefined;

  constructor(keep = 2) {
    this.#keep = keep;
  }

  get latest(): bigint | undefined {
    return this.#latest;
  }

  empty(): Tree {
    return Tree.empty(RootType.state, undefined, treeOptions);
  }

  at(height: bigint): Tree | undefined {
    return this.#trees.get(height)?.copy();
  }

  commit(tree: Tree, height: bigint): string {
    const { hash } = tree.commit(ZERO_NAMESPACE, height);
    this.#trees.set(height, tree);
    this.#latest = height;
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= this.#keep) break;
      this.#trees.delete(oldest);
    }
    return hash;
  }
}

/** States in a node database, which the caller opens and closes. */
export class DatabaseStateStore implements StateStore {
  readonly #database: NodeDb;

  constructor(database: NodeDb) {
    this.#database = database;
  }

  get latest(): bigint | undefined {
    return this.#database.latestVersion();
  }

  empty(): Tree {
    return Tree.empty(RootType.state, this.#database, treeOptions);
  }

  at(height: bigint): Tree | undefined {
    const [root, second] = this.#database.rootsForVersion(height).filter(({ type }) => type === RootType.state);
    if (second !== undefined) throw new CorruptedStateError(`more than one state at height ${height}`);
    return root === undefined ? undefined : new Tree(this.#database, root, treeOptions);
  }

  /** A root that was stored before a crash may be stored and finalized again. */
  commit(tree: Tree, height: bigint): string {
    const { hash } = tree.commit(ZERO_NAMESPACE, height);
    const root: Root = { namespace: ZERO_NAMESPACE, version: height, type: RootType.state, hash };
    this.#database.finalize([root]);
    return hash;
  }
}
