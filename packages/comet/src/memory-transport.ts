// Connections between engines of one process. Messages are bytes, as over any network; they arrive
// in a later turn of the event loop, in order.
import type { PeerId, Transport, TransportHandler } from "./transport.ts";

/** Messages that wait in one direction of a connection. */
const MAX_QUEUED = 1024;

interface Queued {
  readonly channel: number;
  readonly bytes: Uint8Array;
}

/** One direction of a connection. */
class Pipe {
  readonly queue: Queued[] = [];
  wasFull = false;
  /** The sender's handler knows of the connection. */
  isAnnounced = false;
}

class MemoryTransport implements Transport {
  readonly id: PeerId;
  handler: TransportHandler | undefined;
  /** What goes out, by peer. */
  readonly pipes = new Map<PeerId, Pipe>();
  readonly #network: MemoryNetwork;
  #isScheduled = false;

  constructor(network: MemoryNetwork, id: PeerId) {
    this.#network = network;
    this.id = id;
  }

  start(handler: TransportHandler): void {
    this.handler = handler;
    for (const peer of this.pipes.keys()) setImmediate(() => this.announce(peer));
  }

  announce(peer: PeerId): void {
    const pipe = this.pipes.get(peer);
    if (pipe === undefined || pipe.isAnnounced || this.handler === undefined) return;
    pipe.isAnnounced = true;
    this.handler.peerUp(peer);
    // What came before could not be given to anybody.
    this.schedule();
  }

  send(peer: PeerId, channel: number, bytes: Uint8Array): boolean {
    const pipe = this.pipes.get(peer);
    if (pipe === undefined) return false;
    if (pipe.queue.length >= MAX_QUEUED) {
      pipe.wasFull = true;
      return false;
    }
    pipe.queue.push({ channel, bytes: bytes.slice() });
    this.#network.wake(peer);
    return true;
  }

  disconnect(peer: PeerId, _reason: Error): void {
    this.#network.disconnect(this.id, peer);
  }

  /** Delivers soon what waits for this one. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const { handler } = this;
    if (handler === undefined) return;
    for (const { from, pipe } of this.#network.incoming(this.id)) {
      if (this.pipes.get(from.id)?.isAnnounced !== true) continue;
      const batch = pipe.queue.splice(0);
      for (const { channel, bytes } of batch) {
        if (!this.pipes.has(from.id)) break;
        handler.message(from.id, channel, bytes);
      }
      if (!pipe.wasFull) continue;
      pipe.wasFull = false;
      from.handler?.writable(this.id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.handler = undefined;
    this.#network.remove(this.id);
  }
}

/** Makes transports and connects them. */
export class MemoryNetwork {
  readonly #members = new Map<PeerId, MemoryTransport>();

  /** A member without connections. */
  join(id: PeerId): Transport {
    const member = new MemoryTransport(this, id);
    this.#members.set(id, member);
    return member;
  }

  /** Connects two members; nothing happens if they are connected. */
  connect(a: PeerId, b: PeerId): void {
    const [first, second] = [this.#members.get(a), this.#members.get(b)];
    if (first === undefined || second === undefined || first === second || first.pipes.has(b)) return;
    first.pipes.set(b, new Pipe());
    second.pipes.set(a, new Pipe());
    setImmediate(() => {
      first.announce(b);
      second.announce(a);
    });
  }

  /** Connects everybody with everybody. */
  connectAll(): void {
    const ids = [...this.#members.keys()];
    for (const [i, a] of ids.entries()) for (const b of ids.slice(i + 1)) this.connect(a, b);
  }

  /** Cuts a connection; what waits in it is lost. */
  disconnect(a: PeerId, b: PeerId): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const member = this.#members.get(one);
      if (member?.pipes.delete(other) === true) setImmediate(() => member.handler?.peerDown(other));
    }
  }

  remove(id: PeerId): void {
    const member = this.#members.get(id);
    for (const peer of Array.from(member?.pipes.keys() ?? [])) this.disconnect(id, peer);
    this.#members.delete(id);
  }

  wake(id: PeerId): void {
    this.#members.get(id)?.schedule();
  }

  /** The pipes that lead to a member. */
  *incoming(id: PeerId): Iterable<{ readonly from: MemoryTransport; readonly pipe: Pipe }> {
    for (const from of this.#members.values()) {
      const pipe = from.pipes.get(id);
      if (pipe !== undefined) yield { from, pipe };
    }
  }
}
