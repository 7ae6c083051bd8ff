import assert from "node:assert/strict";
import type { KvStore } from "@wadi/kv";
import type { NodeDb } from "../db/node-db.ts";
import * as errors from "../errors.ts";
import { RootType, ZERO_NAMESPACE, emptyRoot } from "../root.ts";
import type { Root } from "../root.ts";
import { Tree } from "../tree.ts";
import { allRoots, assertContent, checkNodesOf, walkTree } from "./check-database.ts";
import { commit, contentOf, nodesOf, putChunk, throwsKind } from "./database.ts";
import type { Content } from "./database.ts";
import { Random } from "./random.ts";

const sameContent = (a: Content, b: Content): boolean =>
  a.size === b.size && Array.from(a).every(([key, value]) => b.get(key) === value);

interface KnownRoot {
  readonly root: Root;
  readonly content: Content;
  readonly base: Root | undefined;
}

/** Does random things to a database and to maps, and compares. */
export class DatabaseSchedule {
  readonly random: Random;
  readonly known: KnownRoot[] = [];
  last: bigint | undefined;
  earliest = 0n;
  readonly reopen: () => Promise<void>;
  readonly database: () => { db: NodeDb; kv: KvStore };

  constructor(seed: number, database: () => { db: NodeDb; kv: KvStore }, reopen: () => Promise<void>) {
    this.random = new Random(seed);
    this.database = database;
    this.reopen = reopen;
  }

  async step(): Promise<void> {
    const dice = this.random.below(20);
    if (dice < 9) this.commit();
    else if (dice < 10) this.commitIo();
    else if (dice < 14) this.finalize();
    else if (dice < 16) this.prune();
    else if (dice < 17) this.restore();
    else if (dice < 18) this.readPast();
    else if (dice < 19) this.check();
    else await this.reopen();
  }

  #inVersion(version: bigint, type: RootType): KnownRoot[] {
    return this.known.filter(({ root }) => root.version === version && root.type === type);
  }

  #add(entry: KnownRoot): void {
    if (
      !this.known.some(
        ({ root }) =>
          root.version === entry.root.version && root.type === entry.root.type && root.hash === entry.root.hash,
      )
    ) {
      this.known.push(entry);
    }
  }

  #changes(content: Content): { changes: [string, string | null][]; result: Content } {
    const result = new Map(content);
    const changes: [string, string | null][] = [];
    for (let i = this.random.below(12); i > 0; i--) {
      const key = this.random.bytes(this.random.below(3));
      const value = this.random.chance(0.4) ? null : this.random.bytes(this.random.below(10));
      changes.push([key, value]);
      if (value === null) result.delete(key);
      else result.set(key, value);
    }
    return { changes, result };
  }

  /** A root over one of the last final version or of a pending one. */
  commit(): void {
    const { db } = this.database();
    const bases = this.known.filter(({ root }) => root.type === RootType.state && root.version >= (this.last ?? 0n));
    const base = bases.length === 0 ? undefined : this.random.pick(bases);
    const version = (base?.root.version ?? 0n) + 1n;
    const { changes, result } = this.#changes(base?.content ?? new Map());
    // One root over two bases has its own test; here every root is committed once.
    if (this.#inVersion(version, RootType.state).some((k) => sameContent(k.content, result))) return;
    const root = commit(db, base?.root, version, changes);
    // An empty root is in every version, so what was derived from one hangs on nothing.
    this.#add({ root, content: result, base: base === undefined || base.content.size === 0 ? undefined : base.root });
  }

  commitIo(): void {
    const { db } = this.database();
    const version = (this.last ?? 0n) + 1n + BigInt(this.random.below(2));
    const { changes, result } = this.#changes(new Map());
    const root = commit(db, emptyRoot(ZERO_NAMESPACE, version, RootType.io), version, changes, RootType.io);
    this.#add({ root, content: result, base: undefined });
  }

  finalize(): void {
    const { db } = this.database();
    const version = (this.last ?? 0n) + 1n;
    const states = this.#inVersion(version, RootType.state);
    if (states.length === 0) return;
    const chosen = [this.random.pick(states)];
    const ios = this.#inVersion(version, RootType.io);
    if (ios.length > 0 && this.random.chance(0.8)) chosen.push(this.random.pick(ios));
    db.finalize(chosen.map(({ root }) => root));
    this.#settle(version, chosen);
  }

  /** Forgets what lost and what hung on it. */
  #settle(version: bigint, chosen: readonly KnownRoot[]): void {
    if (this.last === undefined) this.earliest = version;
    this.last = version;
    const drop = (condition: (entry: KnownRoot) => boolean): void => {
      for (let i = this.known.length - 1; i >= 0; i--)
        if (condition(this.known[i] as KnownRoot)) this.known.splice(i, 1);
    };
    drop((entry) => entry.root.version === version && !chosen.includes(entry));
    for (let before = -1; before !== this.known.length;) {
      before = this.known.length;
      drop(
        ({ root, base }) =>
          root.version > version &&
          base !== undefined &&
          !this.known.some(
            (k) => k.root.version === base.version && k.root.hash === base.hash && k.root.type === base.type,
          ),
      );
    }
    drop(({ root }) => root.version < this.earliest);
  }

  prune(): void {
    const { db } = this.database();
    if (this.last === undefined || this.earliest >= this.last) return;
    db.prune(this.earliest);
    this.earliest++;
    for (let i = this.known.length - 1; i >= 0; i--) {
      if ((this.known[i] as KnownRoot).root.version < this.earliest) this.known.splice(i, 1);
    }
  }

  /** Brings the last final state in again at a later version, or breaks off. */
  restore(): void {
    const { db } = this.database();
    const source = this.known.find(({ root }) => root.version === this.last && root.type === RootType.state);
    if (source === undefined || this.last === undefined || source.content.size === 0) return;
    const version = this.last + 1n + BigInt(this.random.below(3));
    const root = { ...source.root, version };
    if (this.known.some((k) => k.root.version === version && k.root.hash === root.hash)) return;
    const nodes = nodesOf(db, source.root);
    db.startMultipart(version);
    const cut = this.random.below(nodes.length);
    putChunk(db, root, nodes.slice(0, cut + 1));
    if (this.random.chance(0.4)) {
      if (this.random.chance(0.5) && cut + 1 < nodes.length) {
        throwsKind(errors.ErrIncompleteRestore, () => db.finalize([root]));
      }
      db.abortMultipart();
      return;
    }
    putChunk(db, root, nodes.slice(cut));
    db.finalize([root]);
    // Whatever was pending up to the restored version is gone.
    for (let i = this.known.length - 1; i >= 0; i--) {
      const { root: other } = this.known[i] as KnownRoot;
      if (other.version > (this.last as bigint) && other.version <= version) this.known.splice(i, 1);
    }
    const restored = { root, content: source.content, base: undefined };
    this.known.push(restored);
    this.#settle(version, [restored]);
  }

  /** Trees opened at any root read what was there. */
  readPast(): void {
    if (this.known.length === 0) return;
    const { root, content } = this.random.pick(this.known);
    assertContent(contentOf(this.database().db, root), content);
  }

  check(): void {
    const { db, kv } = this.database();
    assert.equal(db.latestVersion(), this.last);
    assert.equal(db.earliestVersion(), this.earliest);
    for (const { root, content, base } of this.known) {
      assert.ok(db.hasRoot(root), `root of version ${root.version} is missing`);
      assertContent(walkTree(db, root).content, content);
      if (base !== undefined && base.hash !== root.hash && this.known.some((k) => k.root === base)) {
        const tree = new Tree(db, base);
        tree.applyWriteLog(db.getWriteLog(base, root));
        assert.equal(tree.hash(), root.hash, "the write log does not lead to the root");
      }
    }
    const top = this.known.reduce((max, { root }) => (root.version > max ? root.version : max), 0n);
    const roots = allRoots(db, top + 1n);
    assert.equal(roots.length, this.known.length, "number of roots");
    checkNodesOf(kv, db, roots);
  }
}
