// Lines out of what a component prints, which arrives in any pieces.
// Reference: go/runtime/host/logger.go `Write`.

/** A line that is longer than this and not yet complete is thrown away. */
export const MAX_PARTIAL_LINE_BYTES = 10_000;

const NEWLINE = 0x0a;

export class LineSplitter {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * The lines that the chunk completes, without their newlines; `dropped` if a partial line grew too
   * long. A newline that directly follows another one in the same piece begins the next line
   * instead of making an empty one, as in the reference.
   */
  push(chunk: Uint8Array): { readonly lines: readonly string[]; readonly dropped: boolean } {
    const lines: string[] = [];
    let from = this.#pending.length;
    let rest = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const end = rest.indexOf(NEWLINE, from);
      if (end < 0) break;
      lines.push(rest.toString("utf8", 0, end));
      rest = rest.subarray(end + 1);
      from = 1;
    }
    const dropped = rest.length > MAX_PARTIAL_LINE_BYTES;
    // A copy, so that a few bytes do not keep a large piece alive.
    this.#pending = dropped ? Buffer.alloc(0) : Buffer.from(rest);
    return { lines, dropped };
  }
}
