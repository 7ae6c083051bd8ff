// The conformance ledger's vocabulary: a suite covers one data file and reports how many of its
// cases passed, failed or were left out and why. `npm run conformance` prints the table.

/** What a suite found in its file. */
export interface SuiteReport {
  passed: number;
  /** Case name and what went wrong. */
  readonly failed: { readonly name: string; readonly reason: string }[];
  /** Cases that are deliberately not run: reason to count. */
  readonly leftOut: Map<string, number>;
}

/** Covers one data file, for example `common/cbor_decode` or `chains/staking`. */
export interface Suite {
  readonly file: string;
  /** Some of the file's cases belong to work listed in conformance/pending.json. */
  readonly partial?: boolean;
  /** Runs every case; must not throw for a failing case. */
  run(recorder: Recorder): void | Promise<void>;
}

/** Collects the outcome of cases; a thrown error fails the case it was thrown in, not the suite. */
export class Recorder {
  readonly report: SuiteReport = { passed: 0, failed: [], leftOut: new Map() };

  case(name: string, body: () => void): void {
    try {
      body();
      this.report.passed++;
    } catch (e) {
      this.#fail(name, e);
    }
  }

  async caseAsync(name: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
      this.report.passed++;
    } catch (e) {
      this.#fail(name, e);
    }
  }

  /** Runs a whole suite: what escapes its cases fails the suite. */
  async guard(body: () => void | Promise<void>): Promise<void> {
    try {
      await body();
    } catch (e) {
      this.#fail("(suite)", e);
    }
  }

  leaveOut(reason: string, count = 1): void {
    this.report.leftOut.set(reason, (this.report.leftOut.get(reason) ?? 0) + count);
  }

  #fail(name: string, e: unknown): void {
    this.report.failed.push({ name, reason: e instanceof Error ? e.message : String(e) });
  }
}
