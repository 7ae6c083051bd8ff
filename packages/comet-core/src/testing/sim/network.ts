// The network between the nodes. A link is a connection of two nodes: messages of one channel
// arrive in order, and a broken link is made again after a while, as with TCP. Faults go further
// than TCP lets them: messages are lost, doubled or overtake each other inside a link. A lost
// message breaks the link later, since no engine sends twice what it believes to have delivered.
import type { Dice, Schedule } from "@wadi/testing";

export interface NetworkProfile {
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** Chances in 1000 for each message. */
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  readonly reorderPerMille: number;
  /** The sender is told that its queue is full. */
  readonly refusePerMille: number;
}

export interface Packet {
  readonly channel: number;
  readonly bytes: Uint8Array;
}

export type NetworkEvent =
  | {
      readonly kind: "deliver";
      readonly from: number;
      readonly to: number;
      readonly epoch: number;
      readonly packet: Packet;
    }
  | { readonly kind: "connect"; readonly a: number; readonly b: number }
  | { readonly kind: "disconnect"; readonly a: number; readonly b: number; readonly epoch: number };

interface Link {
  epoch: number;
  isUp: boolean;
  /** A try to connect or the end of this connection is on its way. */
  isConnecting: boolean;
  isBreaking: boolean;
  /** Arrival of the last message by direction and channel. */
  readonly lastArrivalMs: Map<number, number>;
}

/** True for a packet that gets lost, whatever chance says. */
export type LossScript = (from: number, to: number, packet: Packet) => boolean;

/** What the network needs to know of the nodes. */
export interface Endpoints {
  readonly loses: LossScript | undefined;
  isRunning(node: number): boolean;
  peerUp(node: number, peer: number): void;
  peerDown(node: number, peer: number): void;
}

const RECONNECT_MS = 400;
const MAX_NODES = 1000;

export class Network {
  readonly #queue: Schedule<NetworkEvent>;
  readonly #dice: Dice;
  readonly #endpoints: Endpoints;
  readonly #links = new Map<number, Link>();
  #profile: NetworkProfile;
  /** Group of each node while there is a partition. */
  #groups: readonly number[] | undefined;
  #inFlight = 0;

  constructor(queue: Schedule<NetworkEvent>, dice: Dice, endpoints: Endpoints, profile: NetworkProfile) {
    this.#queue = queue;
    this.#dice = dice;
    this.#endpoints = endpoints;
    this.#profile = profile;
  }

  /** Messages on their way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  #link(a: number, b: number): Link {
    const key = Math.min(a, b) * MAX_NODES + Math.max(a, b);
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { epoch: 0, isUp: false, isConnecting: false, isBreaking: false, lastArrivalMs: new Map() };
      this.#links.set(key, link);
    }
    return link;
  }

  #isCut(a: number, b: number): boolean {
    return this.#groups !== undefined && this.#groups[a] !== this.#groups[b];
  }

  /** Tries to connect two nodes after a while, again and again until it works. */
  connectLater(a: number, b: number, delayMs = this.#dice.between(1, RECONNECT_MS)): void {
    const link = this.#link(a, b);
    if (link.isUp || link.isConnecting) return;
    link.isConnecting = true;
    this.#queue.push(delayMs, { kind: "connect", a, b });
  }

  /** Breaks a connection after a while. */
  breakLater(a: number, b: number, delayMs: number): void {
    const link = this.#link(a, b);
    if (!link.isUp || link.isBreaking) return;
    link.isBreaking = true;
    this.#queue.push(delayMs, { kind: "disconnect", a, b, epoch: link.epoch });
  }

  /** Breaks a connection now; both sides hear of it and try again. */
  breakNow(a: number, b: number): void {
    const link = this.#link(a, b);
    if (!link.isUp) return;
    link.isUp = false;
    link.isBreaking = false;
    link.epoch++;
    link.lastArrivalMs.clear();
    if (this.#endpoints.isRunning(a)) this.#endpoints.peerDown(a, b);
    if (this.#endpoints.isRunning(b)) this.#endpoints.peerDown(b, a);
    this.connectLater(a, b);
  }

  /** False where the sender is to keep the message: no connection, or no room. */
  send(from: number, to: number, packet: Packet): boolean {
    const link = this.#link(from, to);
    if (!link.isUp) return false;
    const profile = this.#profile;
    if (this.#dice.perMille(profile.refusePerMille)) return false;
    const isLost = this.#isCut(from, to) || this.#dice.perMille(profile.lossPerMille);
    if (isLost || this.#endpoints.loses?.(from, to, packet) === true) {
      this.breakLater(from, to, this.#dice.between(200, 3000));
      return true;
    }
    this.#dispatch(link, from, to, packet);
    if (this.#dice.perMille(profile.duplicatePerMille)) this.#dispatch(link, from, to, packet);
    return true;
  }

  #dispatch(link: Link, from: number, to: number, packet: Packet): void {
    const { delayMinMs, delayMaxMs, reorderPerMille } = this.#profile;
    const { nowMs } = this.#queue;
    let arrivalMs = nowMs + this.#dice.between(delayMinMs, delayMaxMs);
    if (this.#dice.perMille(reorderPerMille)) {
      // What was overtaken may have been dropped as unexpected: the link is made again some time.
      arrivalMs += this.#dice.between(1, 5 * delayMaxMs);
      this.breakLater(from, to, this.#dice.between(500, 4000));
    } else {
      const lane = from * 256 + packet.channel;
      arrivalMs = Math.max(arrivalMs, link.lastArrivalMs.get(lane) ?? 0);
      link.lastArrivalMs.set(lane, arrivalMs);
    }
    this.#inFlight++;
    this.#queue.push(arrivalMs - nowMs, { kind: "deliver", from, to, epoch: link.epoch, packet });
  }

  /** True if a message that arrives now reaches its receiver. */
  arrives({ from, to, epoch }: NetworkEvent & { readonly kind: "deliver" }): boolean {
    this.#inFlight--;
    const link = this.#link(from, to);
    return link.isUp && link.epoch === epoch && !this.#isCut(from, to) && this.#endpoints.isRunning(to);
  }

  connect(a: number, b: number): void {
    const link = this.#link(a, b);
    link.isConnecting = false;
    if (link.isUp) return;
    if (!this.#endpoints.isRunning(a) || !this.#endpoints.isRunning(b) || this.#isCut(a, b)) {
      this.connectLater(a, b, RECONNECT_MS);
      return;
    }
    link.isUp = true;
    link.epoch++;
    this.#endpoints.peerUp(a, b);
    this.#endpoints.peerUp(b, a);
  }

  disconnect({ a, b, epoch }: NetworkEvent & { readonly kind: "disconnect" }): void {
    const link = this.#link(a, b);
    if (link.epoch === epoch) this.breakNow(a, b);
  }

  /** Messages between groups vanish from now on, as do those that are on their way. */
  partition(groups: readonly number[] | undefined): void {
    const before = this.#groups;
    this.#groups = groups;
    if (before === undefined) return;
    // Connections that lost messages silently come back as new ones.
    for (const [a, groupA] of before.entries()) {
      for (const [b, groupB] of before.entries()) if (a < b && groupA !== groupB) this.breakNow(a, b);
    }
  }

  /** No more faults; connections that may have lost something are made again. */
  heal(profile: NetworkProfile, nodes: number): void {
    this.partition(undefined);
    this.#profile = profile;
    for (let a = 0; a < nodes; a++) {
      for (let b = a + 1; b < nodes; b++) {
        this.breakNow(a, b);
        this.connectLater(a, b);
      }
    }
  }
}
