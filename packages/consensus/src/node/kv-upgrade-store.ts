// Pending upgrades in the node's store of small values.
import type { UpgradeStore } from "@wadi/apps";
import type { KvStore } from "@wadi/kv";
import { utf8 } from "@wadi/util";

const KEY = utf8("upgrade/descriptors");

export class KvUpgradeStore implements UpgradeStore {
  readonly #store: KvStore;

  constructor(store: KvStore) {
    this.#store = store;
  }

  read(): Uint8Array | undefined {
    return this.#store.get(KEY);
  }

  write(bytes: Uint8Array): void {
    this.#store.write((batch) => batch.put(KEY, bytes));
  }

  remove(): void {
    this.#store.write((batch) => batch.delete(KEY));
  }
}
