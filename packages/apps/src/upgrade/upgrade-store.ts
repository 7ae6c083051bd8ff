// Where pending upgrades outlive the process. No part of the consensus state.

/** One value of the node's store: key `descriptors` of the service `upgrade`. */
export interface UpgradeStore {
  /** The stored bytes, undefined if there are none. */
  read(): Uint8Array | undefined;
  write(bytes: Uint8Array): void;
  /** Removing what is not there is no error. */
  remove(): void;
}

/** For replays and tests. */
export class MemoryUpgradeStore implements UpgradeStore {
  #bytes: Uint8Array | undefined;

  read(): Uint8Array | undefined {
    return this.#bytes;
  }

  write(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  remove(): void {
    this.#bytes = undefined;
  }
}
