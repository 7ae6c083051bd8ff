import type { RuntimeEvent } from "../rhp/hosted-runtime.ts";

/** Those who watch a runtime. */
export class Listeners {
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  add(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
