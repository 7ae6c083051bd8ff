// What the engine needs of a network: ordered, reliable connections to peers with channels of
// messages. TCP with its secret connections is one, the memory transport another.

/** The name of a connected peer: its node ID. Never empty. */
export type PeerId = string;

export interface TransportHandler {
  /** A connection is ready. */
  peerUp(peer: PeerId): void;
  /** It is gone; nothing of it comes any more. */
  peerDown(peer: PeerId): void;
  /** A whole message; the bytes are the handler's to keep. */
  message(peer: PeerId, channel: number, bytes: Uint8Array): void;
  /** A peer for which `send` gave false takes messages again. */
  writable(peer: PeerId): void;
}

export interface Transport extends AsyncDisposable {
  /** Begins to report, from the next turn of the event loop on, also peers that are connected already. */
  start(handler: TransportHandler): void;
  /** Queues a message in order. False if the peer's queue is full or the peer is gone; the message is dropped then. */
  send(peer: PeerId, channel: number, bytes: Uint8Array): boolean;
  /** Ends a connection to a peer that misbehaved. */
  disconnect(peer: PeerId, reason: Error): void;
}

/** For a node without peers. */
export function noTransport(): Transport {
  return {
    start: () => undefined,
    send: () => false,
    disconnect: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
