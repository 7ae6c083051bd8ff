// A tree handle (go/storage/mkvs/tree.go): a root, a store to load nodes from, and what changed
// since the last commit. Nodes are shared between handles and never changed in place by anyone
// but the handle that made them, so a copy of a handle is cheap.
import { ErrKnownRootMismatch, ErrTreeClosed, fail } from "./errors.ts";
import { NodeIterator } from "./iterator.ts";
import type { IteratorOptions } from "./iterator.ts";
import { checkKeyLength } from "./key-value-tree.ts";
import type { KeyValueTree, TreeIterator } from "./key-value-tree.ts";
import { childHash } from "./node.ts";
import type { Child, LeafNode, NodeRef, Owner } from "./node.ts";
import { emptyStore } from "./node-store.ts";
import type { NodeStore } from "./node-store.ts";
import { pack, packedToHex, unpackValue } from "./packed.ts";
import type { Packed } from "./packed.ts";
import { ZERO_NAMESPACE, emptyRoot, isNullRoot } from "./root.ts";
import type { Root, RootType } from "./root.ts";
import { runToEnd, type Steps } from "./steps.ts";
import { buildTree } from "./tree-build.ts";
import { TreeEditor, lookup, lookupBytes } from "./tree-edit.ts";
import { hashTree, hashTreeSteps } from "./tree-hash.ts";
import { WriteLog } from "./write-log.ts";

const CHANGES_PER_STEP = 64;

/** A hashed tree on its way into a database. */
export interface TreeCommit {
  readonly oldRoot: Root;
  /** The way into the old root's tree as it was opened. */
  readonly base: NodeRef | null;
  readonly newRoot: Root;
  /** The tree's content: nodes to write, above references to nodes already stored. */
  readonly content: Child;
  /** Nodes of this owner may be changed: written children are replaced by references. */
  readonly owner: Owner;
  /** Places of stored nodes of the old root that the new root does not use. */
  readonly removed: readonly number[];
  readonly writeLog: WriteLog | undefined;
  /** Keys of the log that were inserted with the value they had, so their leaves are not written. */
  readonly unchanged: ReadonlySet<Packed>;
  /** Called before the first node changes. If the commit fails after that, the content is void. */
  readonly onWrite: () => void;
}

/** A store that can also keep new roots. */
export interface CommitStore extends NodeStore {
  /** Throws if no tree over `oldRoot` can be committed at `version`. */
  checkCommit(oldRoot: Root, version: bigint): void;
  /** Stores the tree and returns the way into it. */
  commitTree(commit: TreeCommit): NodeRef | null;
}

export interface TreeOptions {
  /** Keep no write log (default: keep). */
  readonly withoutWriteLog?: boolean;
}

export interface CommitOptions {
  /** Only hash: all changes stay in memory, to be committed later or dropped. */
  readonly noPersist?: boolean;
}

export interface CommitResult {
  /** The new root hash, hex. */
  readonly hash: string;
  /** What changed since the sync root; empty without a write log. */
  readonly writeLog: WriteLog;
}

function isOnlyInsertions(changes: ReadonlyMap<Packed, Packed | null>): changes is ReadonlyMap<Packed, Packed> {
  for (const value of changes.values()) if (value === null) return false;
  return true;
}

function isCommitStore(store: NodeStore): store is CommitStore {
  return "commitTree" in store;
}

/** Every method throws ErrTreeClosed after `close`. */
export class Tree implements KeyValueTree {
  readonly #store: NodeStore;
  readonly #withWriteLog: boolean;
  readonly #editor: TreeEditor;
  #syncRoot: Root;
  /** Undefined until the sync root is opened. */
  #root: Child | undefined;
  /** What the sync root was opened as. */
  #base: NodeRef | null = null;
  /** Changed keys since the sync root; null: removed. */
  #pending = new Map<Packed, Packed | null>();
  /** Those of `#pending` that the sync root has. */
  #existed = new Set<Packed>();
  /** Those of `#pending` whose only change is an insertion of the value they had. */
  #unchanged = new Set<Packed>();
  /** Whether `#pending` has removals. */
  #removals = false;
  #closed = false;
  readonly #before: { leaf: LeafNode | null } = { leaf: null };

  /** A tree at a root of the store; the root is looked up at the first use. */
  constructor(store: NodeStore, root: Root, options: TreeOptions = {}) {
    this.#store = store;
    this.#syncRoot = root;
    this.#withWriteLog = options.withoutWriteLog !== true;
    this.#editor = new TreeEditor(store);
  }

  /** An empty tree that takes namespace and version from its first commit; without a store it lives in memory. */
  static empty(type: RootType, store: NodeStore = emptyStore, options: TreeOptions = {}): Tree {
    return new Tree(store, emptyRoot(ZERO_NAMESPACE, 0n, type), options);
  }

  /** The committed root that this tree is based on. */
  get syncRoot(): Root {
    return this.#syncRoot;
  }

  get rootType(): RootType {
    return this.#syncRoot.type;
  }

  get store(): NodeStore {
    return this.#store;
  }

  /** True if there are changes that were not committed. */
  get dirty(): boolean {
    return childHash(this.content) === "" || packedToHex(childHash(this.content)) !== this.#syncRoot.hash;
  }

  /** What stands at the root: a reference while the tree is clean. Not to be changed. */
  get content(): Child {
    if (this.#closed) fail(ErrTreeClosed);
    if (this.#root === undefined) this.#root = this.#base = this.#store.openRoot(this.#syncRoot);
    return this.#root;
  }

  /** A handle of its own with the same content and pending changes. */
  copy(): Tree {
    const copy = new Tree(this.#store, this.#syncRoot, { withoutWriteLog: !this.#withWriteLog });
    copy.#root = this.content;
    copy.#base = this.#base;
    copy.#pending = new Map(this.#pending);
    copy.#existed = new Set(this.#existed);
    copy.#unchanged = new Set(this.#unchanged);
    copy.#removals = this.#removals;
    copy.#editor.release([...this.#editor.removed]);
    // From here on neither may change the shared nodes.
    this.#editor.release([...this.#editor.removed]);
    return copy;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const root = this.content;
    return unpackValue(this.#removals ? this.getPacked(pack(key)) : lookupBytes(this.#store, root, key));
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    checkKeyLength(key);
    this.insertPacked(pack(key), pack(value));
  }

  remove(key: Uint8Array): void {
    this.removeExistingPacked(pack(key));
  }

  removeExisting(key: Uint8Array): Uint8Array | undefined {
    return unpackValue(this.removeExistingPacked(pack(key)));
  }

  getPacked(key: Packed): Packed | undefined {
    const root = this.content;
    // A key that was removed is known to be absent even where its path is not at hand.
    if (this.#removals && this.#pending.get(key) === null) return undefined;
    return lookup(this.#store, root, key);
  }

  insertPacked(key: Packed, value: Packed): void {
    checkKeyLength(key);
    const root = this.content;
    const changed = this.#editor.insert(root, key, value, this.#before);
    this.#root = changed;
    if (!this.#withWriteLog) return;
    const old = this.#before.leaf;
    // A key that was not there is not among the unchanged.
    if (old !== null) {
      if (!this.#pending.has(key)) {
        this.#existed.add(key);
        if (old.value === value) this.#unchanged.add(key);
      } else if (old.value !== value) {
        this.#unchanged.delete(key);
      }
    }
    this.#pending.set(key, value);
  }

  removePacked(key: Packed): void {
    this.removeExistingPacked(key);
  }

  removeExistingPacked(key: Packed): Packed | undefined {
    const root = this.content;
    if (this.#removals && this.#pending.get(key) === null) return undefined;
    this.#root = this.#editor.remove(root, key, this.#before);
    const old = this.#before.leaf;
    if (this.#withWriteLog) {
      if (old !== null && !this.#pending.has(key)) this.#existed.add(key);
      this.#unchanged.delete(key);
      this.#pending.set(key, null);
      this.#removals = true;
    }
    return old?.value;
  }

  iterate(options?: IteratorOptions): TreeIterator {
    return new NodeIterator(this.#store, () => this.content, options);
  }

  /** Inserts and removes as the log says; deletions of missing keys are tolerated. */
  applyWriteLog(log: WriteLog): void {
    runToEnd(this.applyWriteLogSteps(log));
  }

  /** `applyWriteLog` in steps of a millisecond or so. */
  *applyWriteLogSteps(log: WriteLog): Steps<void> {
    for (const key of log.changes.keys()) checkKeyLength(key);
    if (this.content === null && this.#pending.size === 0 && isOnlyInsertions(log.changes)) {
      this.#root = buildTree(log.changes, this.#editor.owner);
      if (this.#withWriteLog) this.#pending = new Map(log.changes);
      return;
    }
    let count = 0;
    for (const [key, value] of log.changes) {
      if (value === null) this.removePacked(key);
      else this.insertPacked(key, value);
      if (++count % CHANGES_PER_STEP === 0) yield;
    }
  }

  /** The hash of the present content, hex. Nothing is stored. */
  hash(): string {
    return packedToHex(hashTree(this.content));
  }

  /** `hash` in steps of a millisecond or so; what is hashed by them need not be for a commit after it. */
  *hashSteps(): Steps<string> {
    return packedToHex(yield* hashTreeSteps(this.content));
  }

  /**
   * Commits the changes as the root of `version` and continues there. A tree whose sync root is
   * entirely empty counts as based on the empty root of the same version. If the store fails while
   * it writes, the tree is closed: part of its nodes were given up to the store.
   */
  commit(namespace: string, version: bigint, options: CommitOptions = {}): CommitResult {
    return this.#commit(namespace, version, undefined, options.noPersist ?? false);
  }

  /** Commits if the result is `root`, else throws ErrKnownRootMismatch and stores nothing. */
  commitKnown(root: Root): WriteLog {
    return this.#commit(root.namespace, root.version, root.hash, false).writeLog;
  }

  /** Drops all pending changes. */
  close(): void {
    this.#closed = true;
    this.#root = null;
    this.#clear();
  }

  #commit(namespace: string, version: bigint, known: string | undefined, noPersist: boolean): CommitResult {
    const content = this.content;
    const type = this.#syncRoot.type;
    const oldRoot = isNullRoot(this.#syncRoot) ? emptyRoot(namespace, version, type) : this.#syncRoot;
    const target = isCommitStore(this.#store) && !noPersist ? this.#store : undefined;
    target?.checkCommit(oldRoot, version);
    const hash = packedToHex(hashTree(content));
    if (known !== undefined && hash !== known) fail(ErrKnownRootMismatch);
    const writeLog = this.#takeWriteLog(noPersist);
    if (noPersist) return { hash, writeLog };

    const newRoot: Root = { namespace, version, type, hash };
    if (target !== undefined) {
      this.#root = this.#base = this.#persist(target, oldRoot, newRoot, content, writeLog);
    }
    this.#clear();
    this.#syncRoot = newRoot;
    return { hash, writeLog };
  }

  #persist(target: CommitStore, oldRoot: Root, newRoot: Root, content: Child, writeLog: WriteLog): NodeRef | null {
    const { owner, removed } = this.#editor;
    let isWriting = false;
    try {
      return target.commitTree({
        oldRoot,
        base: this.#base,
        newRoot,
        content,
        owner,
        removed,
        writeLog: this.#withWriteLog ? writeLog : undefined,
        unchanged: this.#unchanged,
        onWrite: () => {
          isWriting = true;
        },
      });
    } catch (e) {
      if (isWriting) this.close();
      throw e;
    }
  }

  /** The pending changes without those that cancel out. */
  #takeWriteLog(keep: boolean): WriteLog {
    const log = keep ? new Map(this.#pending) : this.#pending;
    for (const [key, value] of log) {
      if (value === null && !this.#existed.has(key)) log.delete(key);
    }
    return new WriteLog(log);
  }

  #clear(): void {
    this.#editor.release();
    this.#pending = new Map();
    this.#existed = new Set();
    this.#unchanged = new Set();
    this.#removals = false;
  }
}
