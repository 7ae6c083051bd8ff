// What happened, one line an event: the hash over all lines says whether two runs were the same,
// the last lines say what led to a failure.
import { createHash, type Hash } from "node:crypto";

/** Lines kept to be shown when a run fails. */
const TAIL = 400;

export interface TraceOptions {
  /** Gets every line as it is written. */
  readonly onLine?: (line: string) => void;
}

export class Trace {
  readonly #hash: Hash = createHash("sha256");
  readonly #tail: string[] = [];
  readonly #onLine: ((line: string) => void) | undefined;
  #count = 0;

  constructor(options: TraceOptions = {}) {
    this.#onLine = options.onLine;
  }

  /** `content` goes into the hash only. */
  add(line: string, content?: Uint8Array): void {
    this.#hash.update(`${line}\n`);
    if (content !== undefined) this.#hash.update(content);
    this.#tail[this.#count++ % TAIL] = line;
    this.#onLine?.(line);
  }

  get count(): number {
    return this.#count;
  }

  /** Hex over all lines so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** The last lines, oldest first. */
  tail(count: number = TAIL): readonly string[] {
    const from = Math.max(0, this.#count - Math.min(count, TAIL));
    return Array.from({ length: this.#count - from }, (_, i) => this.#tail[(from + i) % TAIL] as string);
  }
}
