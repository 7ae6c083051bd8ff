// Nodes that hear of each other only through gossip, message by message as bytes.
import type { EngineState } from "@wadi/comet-types";
import type { PublicKey } from "@wadi/crypto";
import assert from "node:assert/strict";
import { must } from "@wadi/util";
import { ToyNode, type ToyNodeOptions } from "../../rounds/testing/toy-node.ts";
import type { CommittedBlock } from "../../rounds/types.ts";
import { ConsensusGossip, broadcastMessage } from "../consensus-gossip.ts";
import type { PickIndex, StoredBlocks } from "../gossip-data.ts";
import { encodeOutgoing, type Outgoing } from "../outgoing.ts";

/** The blocks of a node as its store would show them. */
export function storedBlocks(chain: readonly CommittedBlock[]): StoredBlocks {
  const at = (height: number): CommittedBlock | undefined => chain[height - 1];
  return {
    get base() {
      return chain.length === 0 ? 0 : 1;
    },
    get height() {
      return chain.length;
    },
    loadPartSetHeader: (height) => at(height)?.parts.header,
    loadPart: (height, index) => at(height)?.parts.part(index),
    loadCommit: (height) => at(height + 1)?.block.lastCommit,
    loadSeenCommit: (height) => at(height)?.seenCommit,
  };
}

export interface GossipNode {
  readonly name: string;
  readonly node: ToyNode;
  readonly gossip: ConsensusGossip;
}

interface Mail {
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/** A connection delivers each way in order. */
interface Connection {
  readonly from: GossipNode;
  readonly to: GossipNode;
  readonly mail: Mail[];
}

export interface GossipNetworkOptions {
  readonly state: EngineState;
  /** One node for each; undefined for one that does not sign. */
  readonly keys: readonly (PublicKey | undefined)[];
  readonly pick: PickIndex;
  readonly node?: Partial<ToyNodeOptions>;
}

export class GossipNetwork {
  readonly nodes: readonly GossipNode[];
  /** Messages of each kind that were delivered. */
  readonly delivered = new Map<string, number>();
  readonly #pick: PickIndex;
  readonly #connections: Connection[] = [];
  readonly #seenEffects = new Map<GossipNode, number>();

  constructor({ state, keys, pick, node: options }: GossipNetworkOptions) {
    this.#pick = pick;
    this.nodes = keys.map((key, i) => {
      const node = new ToyNode({ ...options, state, key });
      const blocks = storedBlocks(node.chain);
      const gossip = new ConsensusGossip({ view: () => node.view, blocks, pick, initialHeight: state.initialHeight });
      return { name: `node ${i}`, node, gossip };
    });
  }

  node(index: number): GossipNode {
    return must(this.nodes[index]);
  }

  connect(a: number, b: number): void {
    for (const [from, to] of [
      [this.node(a), this.node(b)],
      [this.node(b), this.node(a)],
    ] as const) {
      const connection = { from, to, mail: [] };
      this.#connections.push(connection);
      for (const greeting of from.gossip.addPeer(to.name, from.node.now.ms)) this.#send(connection, greeting);
    }
  }

  /** What was under way is lost. */
  disconnect(a: number, b: number): void {
    const ends = [this.node(a), this.node(b)];
    for (let i = this.#connections.length - 1; i >= 0; i--) {
      const { from, to } = must(this.#connections[i]);
      if (!ends.includes(from) || !ends.includes(to)) continue;
      this.#connections.splice(i, 1);
      from.gossip.removePeer(to.name);
    }
  }

  isConnected(a: number, b: number): boolean {
    return this.#connections.some(({ from, to }) => from === this.node(a) && to === this.node(b));
  }

  connectAll(): void {
    for (let a = 0; a < this.nodes.length; a++) {
      for (let b = a + 1; b < this.nodes.length; b++) if (!this.isConnected(a, b)) this.connect(a, b);
    }
  }

  start(): void {
    for (const { node } of this.nodes) node.start();
  }

  #send(connection: Connection, message: Outgoing): void {
    const kind = must(message.message.sum).case;
    this.delivered.set(kind, (this.delivered.get(kind) ?? 0) + 1);
    connection.mail.push({ channel: message.channel, bytes: encodeOutgoing(message) });
  }

  #flushBroadcasts(node: GossipNode): void {
    const { effects } = node.node;
    for (let i = this.#seenEffects.get(node) ?? 0; i < effects.length; i++) {
      const effect = must(effects[i]);
      if (effect.kind !== "broadcast") continue;
      const message = broadcastMessage(effect.message);
      for (const connection of this.#connections) if (connection.from === node) this.#send(connection, message);
    }
    this.#seenEffects.set(node, effects.length);
  }

  #gossip(connection: Connection): boolean {
    const { from, to } = connection;
    const data = from.gossip.nextData(to.name);
    const vote = from.gossip.nextVote(to.name);
    for (const message of vote === undefined ? data : [...data, vote]) {
      this.#send(connection, message);
      from.gossip.sent(to.name, message);
    }
    return data.length > 0 || vote !== undefined;
  }

  #deliver(connection: Connection): boolean {
    const mail = connection.mail.shift();
    if (mail === undefined) return false;
    const { from, to } = connection;
    const { forward, reply } = to.gossip.receive(from.name, mail.channel, mail.bytes);
    if (forward !== undefined) to.node.receive(forward, from.name);
    const back = this.#connections.find((other) => other.from === to && other.to === from);
    if (reply !== undefined && back !== undefined) this.#send(back, reply);
    this.#flushBroadcasts(to);
    return true;
  }

  /** A stranger's bytes for a node; an error that it is disconnected for is returned. */
  inject(index: number, peer: string, channel: number, bytes: Uint8Array): unknown {
    const { node, gossip } = this.node(index);
    try {
      const { forward } = gossip.receive(peer, channel, bytes);
      if (forward !== undefined) node.receive(forward, peer);
      this.#flushBroadcasts(this.node(index));
      return undefined;
    } catch (e) {
      return e;
    }
  }

  /** Delivers some messages, so that nodes are somewhere in a round; then all claim what they have seen. */
  claimMajorities(turns: number): void {
    this.settle(turns, true);
    for (const connection of this.#connections) {
      for (const message of connection.from.gossip.majorityClaims(connection.to.name)) this.#send(connection, message);
    }
  }

  /** Gossip and deliver, connections in random order, until nobody has anything to say; returns the number of turns. */
  settle(maxTurns = 100_000, mayStop = false): number {
    for (const node of this.nodes) this.#flushBroadcasts(node);
    let idle = 0;
    for (let turn = 0; turn < maxTurns; turn++) {
      if (this.#connections.length === 0) return turn;
      const connection = must(this.#connections[this.#pick(this.#connections.length)]);
      const busy = this.#pick(2) === 0 ? this.#gossip(connection) : this.#deliver(connection);
      idle = busy ? 0 : idle + 1;
      if (idle > 4 && !this.#anybodyBusy()) return turn;
    }
    assert.ok(mayStop, "gossip comes to rest");
    return maxTurns;
  }

  #anybodyBusy(): boolean {
    return this.#connections.some((connection) => connection.mail.length > 0 || this.#gossip(connection));
  }

  /** Time passes to the next timeout, which fires; false if nobody waits for one. */
  tick(): boolean {
    const timers = this.nodes.filter(({ node }) => node.timer !== undefined);
    const next = timers.toSorted((a, b) => must(a.node.timer).atMs - must(b.node.timer).atMs)[0];
    if (next === undefined) return false;
    const waitMs = Math.max(0, must(next.node.timer).atMs - next.node.now.ms);
    for (const { node } of this.nodes) node.advance(waitMs);
    next.node.fireTimer();
    return true;
  }

  /** Runs until all of these nodes have so many blocks. */
  runTo(blocks: number, nodes: readonly GossipNode[] = this.nodes, maxTicks = 400): void {
    for (let tick = 0; nodes.some(({ node }) => node.chain.length < blocks); tick++) {
      if (tick > maxTicks) throw new Error(`no ${blocks} blocks after ${maxTicks} timeouts`);
      this.settle();
      if (nodes.some(({ node }) => node.chain.length < blocks)) assert.ok(this.tick(), "somebody waits for a timeout");
    }
  }
}
