// What is wrong with a runtime at present. Each fault lasts until what failed succeeds.

/** What can fail by itself, and succeed again. */
export type FaultKind = "process" | "consensus" | "check" | "batch";

export interface RuntimeFault {
  /** For people. */
  readonly text: string;
  /** Of the first failure since the last success; milliseconds since 1970. */
  readonly sinceMs: number;
  /** Failures since then. */
  readonly count: number;
}

/** Answers of runtimes are in these texts. */
const MAX_TEXT = 500;

export class RuntimeFaults {
  readonly #faults = new Map<FaultKind, RuntimeFault>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** In the order in which they began. */
  get all(): readonly RuntimeFault[] {
    return [...this.#faults.values()];
  }

  /** Something failed; the last failure's text counts. */
  failed(kind: FaultKind, what: string, error?: Error): void {
    const { count, sinceMs } = this.#faults.get(kind) ?? { count: 0, sinceMs: this.#nowMs() };
    const text = (error === undefined ? what : `${what}: ${withCauses(error)}`).slice(0, MAX_TEXT);
    this.#faults.set(kind, { text, sinceMs, count: count + 1 });
  }

  succeeded(kind: FaultKind): void {
    this.#faults.delete(kind);
  }
}

/** The messages of an error and of what caused it, each once. */
function withCauses(error: Error): string {
  const { cause, message } = error;
  if (!(cause instanceof Error)) return message;
  const below = withCauses(cause);
  return message.includes(below) ? message : `${message}: ${below}`;
}
